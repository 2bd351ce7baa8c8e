package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static Dataset rows(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return new Dataset(
        "rows",
        Rows.of(values, Shape.of(1)),
        new Targets.Classes(
            IntStream.range(0, count).map(i -> i % 2).toArray(), List.of("a", "b")));
  }

  private static List<Integer> order(Batches batches, int epoch, int first) {
    List<Integer> order = new ArrayList<>();
    try (Batches.Epoch pass = batches.epoch(epoch, first)) {
      while (pass.hasNext()) {
        for (int row : pass.next().rows()) {
          order.add(row);
        }
      }
    }
    return order;
  }

  @Test
  void theOrderIsAFunctionOfSeedAndEpochWhateverTheLoaders() {
    List<Integer> expected = order(Batches.shuffled(rows(103), 10, 7, 0), 2, 0);
    assertThat(expected).hasSize(103).doesNotHaveDuplicates();
    for (int loaders : new int[] {1, 2, 5}) {
      assertThat(order(Batches.shuffled(rows(103), 10, 7, loaders), 2, 0)).isEqualTo(expected);
      assertThat(order(Batches.shuffled(rows(103), 10, 7, loaders), 2, 4))
          .isEqualTo(expected.subList(40, 103));
    }
    assertThat(order(Batches.shuffled(rows(103), 10, 7, 1), 3, 0)).isNotEqualTo(expected);
    assertThat(order(Batches.shuffled(rows(103), 10, 8, 1), 2, 0)).isNotEqualTo(expected);
  }

  @Test
  void batchesBecomeTensors() {
    try (Scope scope = Scope.open();
        Batches.Epoch pass = Batches.inOrder(rows(5), 3).epoch(0)) {
      Batch batch = pass.next();
      assertThat(batch.inputs().toFloats()).containsExactly(0, 1, 2);
      assertThat(batch.targets().toLongs()).containsExactly(0, 1, 0);
      assertThat(pass.next().size()).isEqualTo(2);
      assertThat(pass.hasNext()).isFalse();
    }
  }

  @Test
  void impossibleBatchesSayWhy() {
    assertThatThrownBy(() -> Batches.shuffled(rows(5), 0, 1, 0)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> Batches.shuffled(rows(5), 6, 1, 0))
        .hasMessageContaining("larger than the 5 rows");
    assertThatThrownBy(() -> Batches.shuffled(rows(5), 1, 1, 65)).hasMessageContaining("0 to 64");
    assertThatThrownBy(() -> new Targets.Classes(new int[] {0, 3}, List.of("a", "b")))
        .hasMessageContaining("row 2: label 3 is outside the 2 classes");
    assertThatThrownBy(
            () ->
                new Dataset(
                    "d",
                    Rows.of(new float[2], Shape.of(1)),
                    new Targets.Classes(new int[1], List.of("a", "b"))))
        .hasMessageContaining("2 rows of inputs, but 1 targets");
  }

  @Test
  void aFailingSourceReachesTheReader() {
    Rows broken =
        new Rows() {
          @Override
          public int count() {
            return 10;
          }

          @Override
          public Shape shape() {
            return Shape.of(1);
          }

          @Override
          public void copy(int row, float[] target, int offset) {
            throw new DataException("file.empty", "row " + row);
          }
        };
    Dataset dataset = new Dataset("broken", broken, rows(10).targets());
    try (Batches.Epoch pass = Batches.shuffled(dataset, 2, 1, 1).epoch(0)) {
      assertThatThrownBy(pass::next).isInstanceOf(DataException.class);
    }
  }
}
