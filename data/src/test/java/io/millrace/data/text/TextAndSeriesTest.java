package io.millrace.data.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.Batch;
import io.millrace.data.Column;
import io.millrace.data.Dataset;
import io.millrace.data.Table;
import io.millrace.data.Targets;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Transform;
import io.millrace.data.series.Windows;
import io.millrace.tensor.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextAndSeriesTest {
  @Test
  void charactersAndWordsComeBack() {
    Vocabulary letters = Vocabulary.characters("abba 好😀");
    int[] ids = letters.encoder().encode("好😀ab");
    assertThat(letters.decode(ids)).isEqualTo("好😀ab");
    assertThat(letters.size()).isEqualTo(5);
    assertThatThrownBy(() -> letters.encoder().encode("ax"))
        .hasMessageContaining("\"x\" at place 2");
    Vocabulary words = Vocabulary.words(List.of("The cat's hat, the mat.", "The 天气 is 好"), 20);
    assertThat(words.pieces()).startsWith(Vocabulary.FILLING, Vocabulary.UNKNOWN, "the");
    assertThat(words.pieces()).contains("cat's", "天", "气", ",");
    assertThat(words.encoder().encode("the zebra")).containsExactly(2, 1);
    assertThat(Vocabulary.words(List.of("a b c d e"), 4).size()).isEqualTo(4);
  }

  @Test
  void rowsOfATextSayTheNextPiece() {
    Vocabulary letters = Vocabulary.characters("abcdefgh");
    Dataset data = NextPiece.dataset("t", letters.encoder().encode("abcdefgh"), letters, 3);
    assertThat(data.count()).isEqualTo(2);
    try (Scope scope = Scope.open()) {
      Batch batch = Batch.of(data, new int[] {1});
      assertThat(batch.inputs().toFloats()).containsExactly(3, 4, 5);
      assertThat(batch.targets().toLongs()).containsExactly(4, 5, 6);
    }
    assertThatThrownBy(() -> NextPiece.dataset("t", new int[3], letters, 3))
        .hasMessageContaining("3 pieces are too few");
    assertThatThrownBy(() -> new Targets.Steps(new int[] {0, 9}, 2, letters.pieces()))
        .hasMessageContaining("label 9");
  }

  @Test
  void windowsSeeTheirPastAndNothingOfTheFuture() {
    float[] series = {0, 10, 20, 30, 40, 50, 60, 70};
    Windows windows = new Windows(3, 2, 1);
    Dataset train = windows.dataset("s", series, 1, series, "y", 0, 6);
    Dataset test = windows.dataset("s", series, 1, series, "y", 6, 8);
    assertThat(train.count()).isEqualTo(2);
    assertThat(test.count()).isEqualTo(1);
    float[] row = new float[3];
    test.inputs().copy(0, row, 0);
    assertThat(row).containsExactly(30, 40, 50);
    float[] ahead = new float[2];
    ((Targets.Numbers) test.targets()).values().copy(0, ahead, 0);
    assertThat(ahead).containsExactly(60, 70);
    ((Targets.Numbers) train.targets()).values().copy(1, ahead, 0);
    assertThat(ahead).containsExactly(40, 50);
    assertThatThrownBy(() -> windows.dataset("s", series, 1, series, "y", 0, 4))
        .hasMessageContaining("too few");
    assertThatThrownBy(() -> new Windows(0, 1, 1)).hasMessageContaining("at least 1");
  }

  @Test
  void textsOfATableBecomeIdsAlsoWhenServed() {
    Table table =
        Table.of("t", List.of(new Column.Texts("says", new String[] {"good good day", "bad day"})));
    Preparation.OfTable fitted =
        Preparation.fit(
            table, List.of(new Transform.Vectorize("says", Vocabulary.Level.WORD, 10, 4)));
    assertThat(fitted.features()).containsExactly("says#0", "says#1", "says#2", "says#3");
    Table served =
        Table.of("r", List.of(new Column.Texts("says", new String[] {"day good unseen"})));
    float[] row = new float[4];
    fitted.apply(served).copy(0, row, 0);
    assertThat(row).containsExactly(2, 3, 1, 0);
  }
}
