package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitsTest {
  @Test
  void randomHoldsOutTheShareAndRepeats() {
    Parts parts = Splits.random(100, 0.2, 7);
    assertThat(parts.test()).hasSize(20);
    assertDisjointAndWhole(parts, 100);
    assertThat(Splits.random(100, 0.2, 7).test()).containsExactly(parts.test());
    assertThat(Splits.random(100, 0.2, 8).test()).isNotEqualTo(parts.test());
  }

  @Test
  void lastIsKerasSplit() {
    assertThat(Splits.last(10, 0.2).test()).containsExactly(8, 9);
  }

  @Test
  void stratifiedKeepsEveryClassesShare() {
    List<String> classes = new ArrayList<>();
    IntStream.range(0, 90).forEach(i -> classes.add("often"));
    IntStream.range(0, 10).forEach(i -> classes.add("rare"));
    Parts parts = Splits.stratified(classes, 0.2, 1);
    assertThat(Arrays.stream(parts.test()).filter(row -> classes.get(row).equals("rare")).count())
        .isEqualTo(2);
    assertDisjointAndWhole(parts, 100);
    assertThatThrownBy(() -> Splits.stratified(List.of("a", "a", "b"), 0.5, 1))
        .hasMessageContaining("class \"b\" has only 1 row");
  }

  @Test
  void groupsAreNeverTornApart() {
    List<String> keys = IntStream.range(0, 100).mapToObj(i -> "patient" + i % 17).toList();
    Parts parts = Splits.grouped(keys, 0.3, 5);
    Set<String> train = new HashSet<>(Arrays.stream(parts.train()).mapToObj(keys::get).toList());
    Set<String> test = new HashSet<>(Arrays.stream(parts.test()).mapToObj(keys::get).toList());
    assertThat(train).doesNotContainAnyElementsOf(test);
    assertDisjointAndWhole(parts, 100);
    assertThatThrownBy(() -> Splits.grouped(List.of("a", "a"), 0.5, 1))
        .hasMessageContaining("at least two");
  }

  @Test
  void timeNeverLearnsFromTheFuture() {
    double[] times = {5, 1, 4, 2, 3, 5};
    Parts parts = Splits.byTime(times, 0.2);
    assertThat(parts.test()).containsExactlyInAnyOrder(0, 5); // equal times stay together
    assertThatThrownBy(() -> Splits.byTime(new double[] {1, Double.NaN}, 0.5))
        .hasMessageContaining("row 2 has no time");
  }

  @Test
  void impossibleSplitsSayWhy() {
    assertThatThrownBy(() -> Splits.random(10, 1.5, 1)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> Splits.random(10, Double.NaN, 1)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> Splits.random(1, 0.5, 1)).hasMessageContaining("1 rows");
    assertThatThrownBy(() -> Splits.random(3, 0.01, 1)).hasMessageContaining("empty");
  }

  @Test
  void theOrderOfASeedNeverChanges() {
    // Recorded from the first version: anybody's data order depends on it.
    assertThat(Permutation.of(1, 0, 10)).containsExactly(PERMUTATION_1_0_10);
    assertThat(Permutation.of(1, 1, 10)).isNotEqualTo(PERMUTATION_1_0_10);
    int[] counts = new int[3];
    for (int seed = 0; seed < 3000; seed++) {
      counts[Permutation.of(seed, 0, 3)[0]]++;
    }
    assertThat(counts[0]).isBetween(900, 1100);
    assertThat(counts[1]).isBetween(900, 1100);
  }

  private static final int[] PERMUTATION_1_0_10 = {4, 6, 5, 0, 2, 8, 1, 7, 9, 3};

  private static void assertDisjointAndWhole(Parts parts, int rows) {
    int[] all =
        IntStream.concat(Arrays.stream(parts.train()), Arrays.stream(parts.test()))
            .sorted()
            .toArray();
    assertThat(all).containsExactly(IntStream.range(0, rows).toArray());
  }
}
