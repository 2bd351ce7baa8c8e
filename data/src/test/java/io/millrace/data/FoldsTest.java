package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FoldsTest {
  private static void everyRowOnce(List<Parts> folds, int rows) {
    List<Integer> seen = new ArrayList<>();
    for (Parts parts : folds) {
      assertThat(parts.train().length + parts.test().length).isEqualTo(rows);
      IntStream.of(parts.test()).forEach(seen::add);
      assertThat(IntStream.of(parts.train()).boxed().toList())
          .doesNotContainAnyElementsOf(IntStream.of(parts.test()).boxed().toList());
    }
    assertThat(seen).hasSize(rows).doesNotHaveDuplicates();
  }

  @Test
  void everyRowIsHeldOutOnce() {
    everyRowOnce(Folds.random(23, 5, 1), 23);
    List<String> classes = new ArrayList<>(Collections.nCopies(20, "a"));
    classes.addAll(Collections.nCopies(10, "b"));
    List<Parts> folds = Folds.stratified(classes, 5, 1);
    everyRowOnce(folds, 30);
    for (Parts parts : folds) {
      assertThat(IntStream.of(parts.test()).filter(row -> row >= 20).count()).isEqualTo(2);
    }
    assertThat(Folds.random(23, 5, 1).get(2).test())
        .containsExactly(Folds.random(23, 5, 1).get(2).test());
  }

  @Test
  void groupsStayTogetherAndTimeGoesForward() {
    List<String> keys = List.of("x", "y", "x", "z", "y", "x", "w", "w");
    for (Parts parts : Folds.grouped(keys, 3)) {
      List<String> held = IntStream.of(parts.test()).mapToObj(keys::get).toList();
      assertThat(IntStream.of(parts.train()).mapToObj(keys::get).toList())
          .doesNotContainAnyElementsOf(held);
    }
    double[] times = {5, 1, 4, 2, 3, 6};
    for (Parts parts : Folds.byTime(times, 2)) {
      double last = IntStream.of(parts.train()).mapToDouble(row -> times[row]).max().orElseThrow();
      assertThat(IntStream.of(parts.test()).mapToDouble(row -> times[row]).min().orElseThrow())
          .isGreaterThan(last);
    }
  }

  @Test
  void impossibleFoldsSayWhy() {
    assertThatThrownBy(() -> Folds.random(3, 5, 1)).hasMessageContaining("5 folds of 3 rows");
    assertThatThrownBy(() -> Folds.stratified(Collections.nCopies(9, "a"), 3, 1))
        .hasMessageContaining("one class");
    assertThatThrownBy(() -> Folds.stratified(List.of("a", "a", "a", "b"), 3, 1))
        .hasMessageContaining("class \"b\" has 1 rows");
    assertThatThrownBy(() -> Folds.grouped(List.of("a", "a", "b"), 3))
        .hasMessageContaining("2 groups");
  }
}
