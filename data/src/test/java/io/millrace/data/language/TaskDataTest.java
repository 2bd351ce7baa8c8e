package io.millrace.data.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of tasks, and how texts, pairs, questions and hidden words become tokens. */
class TaskDataTest {
  private static final List<String> TEXTS =
      List.of(
          "The quick brown fox jumps over the lazy dog",
          "Playing players play; unplayable!",
          "人生若只如初见",
          "Café crème, naïve résumé");

  @TempDir Path folder;
  private Tokenizer words;

  @BeforeEach
  void learn() {
    words =
        TokenizerTrainer.words(
            TEXTS,
            new TokenizerTrainer.Options(
                    120, List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), 1)
                .around(List.of("[CLS]"), List.of("[SEP]")));
  }

  @AfterEach
  void free() {
    words.close();
  }

  @Test
  void piecesOfWordsAreLearned() {
    Encoding encoding = words.encode("the quick players 人生 cafe");
    assertThat(encoding.tokens()).startsWith("[CLS]").endsWith("[SEP]").doesNotContain("[UNK]");
    assertThat(encoding.tokens()).contains("人", "生");
    assertThat(String.join("", encoding.tokens()).replace("##", ""))
        .isEqualTo("[CLS]thequickplayers人生cafe[SEP]");
    assertThat(words.size()).isLessThanOrEqualTo(120);
    assertThatThrownBy(
            () ->
                TokenizerTrainer.words(
                    TEXTS, new TokenizerTrainer.Options(20, List.of("[UNK]"), 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("20");
  }

  @Test
  void longTextsLoseTheirEnd() {
    Reading whole = Reading.of(words, TEXTS.get(0), 64);
    assertThat(whole.cut()).isFalse();
    Reading cut = Reading.of(words, TEXTS.get(0), 6);
    assertThat(cut.cut()).isTrue();
    assertThat(cut.ids()).hasSize(6);
    assertThat(cut.ids()[5]).isEqualTo(words.id("[SEP]").longValue());
    assertThat(Arrays.copyOf(cut.ids(), 5)).isEqualTo(Arrays.copyOf(whole.ids(), 5));
  }

  @Test
  void pairsAreFramedAsTheTokenizerDoes() {
    PairFrame frame = PairFrame.of(words);
    assertThat(frame.size()).isEqualTo(3);
    Encoding expected = words.encode("the fox", "a dog jumps");
    Reading pair = Reading.of(words, frame, "the fox", "a dog jumps", 64);
    assertThat(pair.ids()).isEqualTo(expected.ids());
    assertThat(pair.types()).isEqualTo(expected.types());
    Reading cut = Reading.of(words, frame, "the fox", TEXTS.get(0), 9);
    assertThat(cut.ids()).hasSize(9);
    assertThat(cut.cut()).isTrue();
    long[] first = words.encodePlain("the fox").ids();
    assertThat(Arrays.copyOfRange(cut.ids(), 1, 1 + Math.min(3, first.length)))
        .isEqualTo(Arrays.copyOf(first, Math.min(3, first.length)));
  }

  @Test
  void wholeWordsAreHidden() {
    WordStarts starts = WordStarts.of(words);
    int[] ids =
        Arrays.stream(words.encodePlain(String.join(" ", TEXTS)).ids())
            .mapToInt(id -> (int) id)
            .toArray();
    TokenRows plain = new PackedSamples(List.of(Sample.whole(ids)), ids.length, false, 1);
    long mask = words.id("[MASK]");
    MaskedRows rows = new MaskedRows(plain, starts, mask, words.size(), 0.4, true, 3);
    int hidden = 0;
    int masked = 0;
    for (int epoch = 0; epoch < 200; epoch++) {
      TokenRow row = rows.row(epoch, 0);
      assertThat(rows.row(epoch, 0).ids()).isEqualTo(row.ids());
      for (int i = 0; i < ids.length; i++) {
        boolean learned = row.targets()[i] != TokenRow.IGNORED;
        if (learned) {
          assertThat(row.targets()[i]).isEqualTo(ids[i]);
          hidden++;
          masked += row.ids()[i] == mask ? 1 : 0;
        } else {
          assertThat(row.ids()[i]).isEqualTo(ids[i]);
        }
        if (i > 0 && starts.goesOn(ids[i])) {
          assertThat(learned).isEqualTo(row.targets()[i - 1] != TokenRow.IGNORED);
        }
      }
    }
    assertThat(hidden / (200.0 * ids.length)).isBetween(0.36, 0.44);
    assertThat((double) masked / hidden).isBetween(0.77, 0.83);
  }

  @Test
  void questionsAreLookedForInTheWholeText() {
    String context = String.join(" ", TEXTS) + " the answer is here " + String.join(" ", TEXTS);
    int at = context.indexOf("answer");
    AnswerWindow.Question asked =
        new AnswerWindow.Question("what is it", context, List.of("answer"), at, "test");
    List<AnswerWindow> windows = AnswerWindow.of(words, PairFrame.of(words), asked, 0, 32);
    assertThat(windows.size()).isGreaterThan(2);
    int found = 0;
    for (AnswerWindow window : windows) {
      assertThat(window.text().ids().length).isLessThanOrEqualTo(32);
      if (window.start() > 0) {
        found++;
        int from = window.starts()[window.start() - window.first()];
        int to = window.ends()[window.end() - window.first()];
        assertThat(context.substring(from, to).strip()).isEqualTo("answer");
      }
    }
    assertThat(found).isPositive();
    assertThatThrownBy(() -> new AnswerWindow.Question("?", "abc", List.of("b"), 0, "row 7"))
        .hasMessageContaining("row 7");
  }

  @Test
  void rowsOfEveryForm() throws IOException {
    Files.writeString(folder.resolve("a.csv"), "text,label\n\"one, two\",NA\nnull,x\n");
    List<TextTable.Row> csv = TextTable.read(folder.resolve("a.csv"), List.of());
    assertThat(csv.get(0).text("text")).isEqualTo("one, two");
    // Words that mean missing numbers elsewhere are words here.
    assertThat(csv.get(0).text("label")).isEqualTo("NA");
    assertThat(csv.get(1).text("text")).isEqualTo("null");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write("{\"text\": \"你好\", \"label\": 3}\n".getBytes(StandardCharsets.UTF_8));
    }
    Files.write(folder.resolve("b.jsonl.gz"), packed.toByteArray());
    TextTable.Row json = TextTable.read(folder.resolve("b.jsonl.gz"), List.of()).getFirst();
    assertThat(json.text("text")).isEqualTo("你好");
    assertThat(json.text("label")).isEqualTo("3");
    Files.writeString(folder.resolve("c.txt"), "He said \"hi\"\tEr sagte \"hi\"\n");
    TextTable.Row line = TextTable.read(folder.resolve("c.txt"), List.of("en", "de")).getFirst();
    assertThat(line.text("en")).isEqualTo("He said \"hi\"");
    assertThatThrownBy(() -> json.text("texts")).hasMessageContaining("text, label");
    Files.write(folder.resolve("d.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 9, 65});
    assertThatThrownBy(() -> TextTable.read(folder.resolve("d.txt"), List.of("a", "b")))
        .hasMessageContaining("UTF-8");
  }
}
