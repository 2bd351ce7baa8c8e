package io.millrace.data.prepare;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.data.text.Vocabulary;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * What turns raw input into what the network reads, fitted on training rows. The same object
 * prepares rows in training and, read back from the package, in serving.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "input")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Preparation.OfTable.class, name = "table"),
  @JsonSubTypes.Type(value = Preparation.OfArray.class, name = "array"),
  @JsonSubTypes.Type(value = Preparation.OfSeries.class, name = "series"),
  @JsonSubTypes.Type(value = Preparation.OfTokens.class, name = "tokens")
})
public sealed interface Preparation {
  /**
   * Fits transforms, one after the other, on training rows.
   *
   * @param train the training rows without the target
   */
  static OfTable fit(Table train, List<Transform> transforms) {
    List<Field> fields = new ArrayList<>();
    for (Column column : train.columns()) {
      fields.add(new Field(column.name(), column instanceof Column.Numbers));
    }
    List<Fitted> fitted = new ArrayList<>();
    Table table = train;
    for (Transform transform : transforms) {
      Fitted one = transform.fit(table);
      fitted.add(one);
      table = one.apply(table);
    }
    OfTable preparation = new OfTable(fields, fitted, table.names());
    preparation.matrix(table);
    return preparation;
  }

  /** For arrays such as pictures: every value becomes {@code value·scale + shift}. */
  static OfArray array(long[] shape, float scale, float shift, String unit) {
    return new OfArray(shape, scale, shift, unit);
  }

  /**
   * A raw column that a caller gives.
   *
   * @param number whether it holds numbers, else texts
   */
  record Field(String name, boolean number) {}

  /**
   * Preparation of tables.
   *
   * @param fields the raw columns
   * @param steps what was fitted
   * @param features the columns that the network reads, in order
   */
  record OfTable(List<Field> fields, List<Fitted> steps, List<String> features)
      implements Preparation {
    /**
     * Prepares rows: float32 [rows, features].
     *
     * @throws DataException if a column is missing or still text, or a value is missing
     */
    public Rows apply(Table raw) {
      List<Column> chosen = new ArrayList<>();
      for (Field field : fields) {
        chosen.add(raw.column(field.name()));
      }
      Table table = Table.of(raw.source(), chosen);
      for (Fitted step : steps) {
        table = step.apply(table);
      }
      return matrix(table);
    }

    private Rows matrix(Table table) {
      float[] values = new float[Math.multiplyExact(table.rows(), features.size())];
      for (int feature = 0; feature < features.size(); feature++) {
        String name = features.get(feature);
        Column column = table.column(name);
        if (!(column instanceof Column.Numbers numbers)) {
          throw new DataException("column.category", table.source(), name);
        }
        for (int row = 0; row < table.rows(); row++) {
          if (numbers.isMissing(row)) {
            throw new DataException("value.missing", table.source(), name, row + 1);
          }
          values[row * features.size() + feature] = (float) numbers.values()[row];
        }
      }
      return Rows.of(values, Shape.of(features.size()));
    }
  }

  /**
   * Preparation of arrays.
   *
   * @param shape the shape of one row
   * @param scale the factor
   * @param shift added afterwards
   * @param unit what raw values mean, for the signature
   */
  record OfArray(long[] shape, float scale, float shift, String unit) implements Preparation {
    /** Prepares rows of raw values of the declared shape; a view. */
    public Rows apply(Rows raw) {
      Shape expected = Shape.of(shape);
      if (!raw.shape().equals(expected)) {
        throw new DataException("array.shape", raw.shape(), expected);
      }
      return raw.scaled(scale, shift);
    }
  }

  /**
   * Preparation of windows of a series: every step is a row of a table.
   *
   * @param steps what is done to the steps of a window
   * @param length steps a window
   */
  record OfSeries(OfTable steps, int length) implements Preparation {
    /** The shape of one window of raw values. */
    public Shape shape() {
      return Shape.of(length, steps.fields().size());
    }

    /** Prepares windows of raw values, [length, columns] each. */
    public Rows apply(Rows raw) {
      if (!raw.shape().equals(shape())) {
        throw new DataException("array.shape", raw.shape(), shape());
      }
      int columns = steps.fields().size();
      float[] window = new float[length * columns];
      double[][] values = new double[columns][raw.count() * length];
      for (int row = 0; row < raw.count(); row++) {
        raw.copy(row, window, 0);
        for (int i = 0; i < window.length; i++) {
          values[i % columns][row * length + i / columns] = window[i];
        }
      }
      List<Column> all = new ArrayList<>();
      for (int c = 0; c < columns; c++) {
        all.add(new Column.Numbers(steps.fields().get(c).name(), values[c]));
      }
      Rows prepared = steps.apply(Table.of("request", all));
      int features = steps.features().size();
      float[] flat = new float[prepared.count() * features];
      for (int step = 0; step < prepared.count(); step++) {
        prepared.copy(step, flat, step * features);
      }
      return Rows.of(flat, Shape.of(length, features));
    }

    /** The last window of a table. */
    public Rows last(Table table) {
      if (table.rows() < length) {
        throw new DataException("windows.none", table.source(), table.rows(), length, 0);
      }
      int columns = steps.fields().size();
      float[] window = new float[length * columns];
      for (int c = 0; c < columns; c++) {
        double[] values = table.numbers(steps.fields().get(c).name()).values();
        for (int i = 0; i < length; i++) {
          window[i * columns + c] = (float) values[table.rows() - length + i];
        }
      }
      return Rows.of(window, shape());
    }
  }

  /**
   * Rows of ids of a text's pieces.
   *
   * @param vocabulary which piece has which id
   * @param length pieces a row
   */
  record OfTokens(Vocabulary vocabulary, int length) implements Preparation {
    /** Rows of ids, as they are. */
    public Rows apply(Rows raw) {
      if (!raw.shape().equals(Shape.of(length))) {
        throw new DataException("array.shape", raw.shape(), Shape.of(length));
      }
      return raw;
    }
  }
}
