package io.millrace.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Column;
import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.ground.json.Json;
import io.millrace.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreparationTest {
  private static Table table(double[] ages, String... jobs) {
    return Table.of(
        "people", List.of(new Column.Numbers("age", ages), new Column.Texts("job", jobs)));
  }

  private static float[] row(Rows rows, int row) {
    float[] values = new float[(int) rows.shape().elements()];
    rows.copy(row, values, 0);
    return values;
  }

  private static final List<Transform> STEPS =
      List.of(
          new Transform.Impute(Select.NUMERIC, Transform.Fill.MEDIAN),
          new Transform.Impute(Select.CATEGORICAL, Transform.Fill.MOST_FREQUENT),
          new Transform.Standardize(Select.NUMERIC),
          new Transform.OneHot(Select.CATEGORICAL, Transform.Unknown.ERROR));

  private static final Table TRAIN =
      table(new double[] {20, Double.NaN, 40, 30}, "clerk", "nurse", null, "nurse");

  @Test
  void fitsOnTrainingRowsAndAppliesEverywhereAlike() {
    Preparation.OfTable fitted = Preparation.fit(TRAIN, STEPS);
    assertThat(fitted.features()).containsExactly("age", "job=clerk", "job=nurse");
    // Median 30; mean of 20, 30, 40, 30 is 30, deviation √50 (of the population, as scikit-learn).
    float[] first = row(fitted.apply(TRAIN), 0);
    assertThat(first[0]).isCloseTo((float) (-10 / Math.sqrt(50)), within(1e-6f));
    assertThat(row(fitted.apply(TRAIN), 1)).containsExactly(0, 0, 1);
    Table later = table(new double[] {100}, "clerk");
    assertThat(row(fitted.apply(later), 0)[0])
        .isCloseTo((float) (70 / Math.sqrt(50)), within(1e-5f));
  }

  @Test
  void whatWasFittedSurvivesJson() {
    Preparation fitted = Preparation.fit(TRAIN, STEPS);
    String json = Json.pretty(fitted);
    Preparation read = Json.read(json, Preparation.class, "transforms.json");
    assertThat(Json.pretty(read)).isEqualTo(json);
    Table later = table(new double[] {Double.NaN, 22}, "nurse", "clerk");
    assertThat(row(((Preparation.OfTable) read).apply(later), 1))
        .isEqualTo(row(((Preparation.OfTable) fitted).apply(later), 1));
    assertThatThrownBy(() -> Json.read("{\"input\":\"table\",\"x\":1}", Preparation.class, "t"))
        .hasMessageContaining("\"x\"");
  }

  @Test
  void otherTransformsEqualTheirFormulas() {
    Table numbers = Table.of("n", List.of(new Column.Numbers("x", new double[] {0, 1, 2, 3, 100})));
    assertThat(
            Preparation.fit(numbers, List.of(new Transform.MinMax(Select.NUMERIC))).apply(numbers))
        .satisfies(rows -> assertThat(row(rows, 4)).containsExactly(1));
    assertThat(Preparation.fit(numbers, List.of(new Transform.Log(Select.NUMERIC))).apply(numbers))
        .satisfies(
            rows -> assertThat(row(rows, 1)[0]).isCloseTo((float) Math.log(2), within(1e-6f)));
    // Quantile 0.75 of 0, 1, 2, 3, 100 is 3 (NumPy's default, linear).
    assertThat(
            Preparation.fit(numbers, List.of(new Transform.Clip(Select.NUMERIC, 0, 0.75)))
                .apply(numbers))
        .satisfies(rows -> assertThat(row(rows, 4)).containsExactly(3));
    Table texts = Table.of("t", List.of(new Column.Texts("c", new String[] {"b", "a", "b"})));
    assertThat(
            Preparation.fit(
                    texts,
                    List.of(new Transform.Ordinal(Select.CATEGORICAL, Transform.Unknown.ERROR)))
                .apply(texts))
        .satisfies(rows -> assertThat(row(rows, 0)).containsExactly(1));
  }

  @Test
  void badValuesNameColumnRowAndCure() {
    Preparation.OfTable fitted = Preparation.fit(TRAIN, STEPS);
    assertThatThrownBy(() -> fitted.apply(table(new double[] {1}, "pilot")))
        .hasMessageContaining(
            "row 1: \"pilot\" was not in the training rows, which had clerk, nurse");
    assertThatThrownBy(() -> Preparation.fit(TRAIN, List.of()))
        .hasMessageContaining("\"age\" has no value in row 2");
    assertThatThrownBy(
            () ->
                Preparation.fit(
                    TRAIN, List.of(new Transform.Impute(Select.NUMERIC, Transform.Fill.MEAN))))
        .hasMessageContaining("\"job\" is text");
    assertThatThrownBy(
            () ->
                Preparation.fit(TRAIN, List.of(new Transform.Standardize(Select.columns("agee")))))
        .hasMessageContaining("Did you mean \"age\"");
    assertThatThrownBy(
            () ->
                Preparation.fit(
                    table(new double[] {-2}, "x"), List.of(new Transform.Log(Select.NUMERIC))))
        .hasMessageContaining("undefined for -2.0");
    assertThatThrownBy(() -> new Transform.Clip(Select.NUMERIC, 0.9, 0.1))
        .hasMessageContaining("0.9");
    assertThatThrownBy(() -> Preparation.fit(table(new double[] {Double.NaN}, "x"), STEPS))
        .hasMessageContaining("\"age\" has no values at all");
    Preparation.OfTable ignoring =
        Preparation.fit(
            TRAIN,
            List.of(
                STEPS.get(0),
                STEPS.get(1),
                new Transform.OneHot(Select.CATEGORICAL, Transform.Unknown.IGNORE)));
    assertThat(row(ignoring.apply(table(new double[] {1}, "pilot")), 0)).containsExactly(1, 0, 0);
  }

  @Test
  void arraysAreScaledAndTheirShapeIsChecked() {
    Preparation.OfArray halved = Preparation.array(new long[] {2}, 0.5f, 1, "unit");
    Rows rows = Rows.ofBytes(new byte[] {2, (byte) 200, 0, 4}, Shape.of(2));
    assertThat(row(halved.apply(rows), 0)).containsExactly(2, 101);
    assertThat(row(halved.apply(rows.select(new int[] {1})), 0)).containsExactly(1, 3);
    assertThatThrownBy(() -> halved.apply(Rows.of(new float[3], Shape.of(3))))
        .hasMessageContaining("[3] were given, [2] expected");
  }
}
