package io.millrace.data.prepare;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.data.text.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A transform with what it learned: a pure function of rows, kept as JSON in the model package. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "transform")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Fitted.Imputed.class, name = "impute"),
  @JsonSubTypes.Type(value = Fitted.Scaled.class, name = "scale"),
  @JsonSubTypes.Type(value = Fitted.OneHotEncoded.class, name = "onehot"),
  @JsonSubTypes.Type(value = Fitted.OrdinalEncoded.class, name = "ordinal"),
  @JsonSubTypes.Type(value = Fitted.Logarithm.class, name = "log"),
  @JsonSubTypes.Type(value = Fitted.Clipped.class, name = "clip"),
  @JsonSubTypes.Type(value = Fitted.Vectorized.class, name = "vectorize")
})
public sealed interface Fitted {
  /** The rows after this transform. */
  Table apply(Table table);

  /** Gaps filled with these numbers or texts. */
  record Imputed(Map<String, Object> values) implements Fitted {
    @Override
    public Table apply(Table table) {
      Table filled = table;
      for (Map.Entry<String, Object> entry : values.entrySet()) {
        filled = filled.replacing(entry.getKey(), List.of(fill(table, entry)));
      }
      return filled;
    }

    private static Column fill(Table table, Map.Entry<String, Object> entry) {
      Column column = table.column(entry.getKey());
      if (entry.getValue() instanceof Number number) {
        // A served row may leave the value out: then the column arrives empty, as text.
        double[] values =
            column.missing() == column.rows()
                ? filled(column.rows())
                : table.numbers(entry.getKey()).values();
        double with = number.doubleValue();
        return new Column.Numbers(
            column.name(), Arrays.stream(values).map(v -> Double.isNaN(v) ? with : v).toArray());
      }
      @Nullable String[] texts = new String[column.rows()];
      for (int row = 0; row < texts.length; row++) {
        String text = column.text(row);
        texts[row] = text == null ? entry.getValue().toString() : text;
      }
      return new Column.Texts(column.name(), texts);
    }

    private static double[] filled(int rows) {
      double[] values = new double[rows];
      Arrays.fill(values, Double.NaN);
      return values;
    }
  }

  /** (x − center) / width, by column. */
  record Scaled(Map<String, double[]> centers) implements Fitted {
    @Override
    public Table apply(Table table) {
      Table scaled = table;
      for (Map.Entry<String, double[]> entry : centers.entrySet()) {
        double center = entry.getValue()[0];
        double width = entry.getValue()[1];
        scaled = mapped(scaled, entry.getKey(), v -> (v - center) / width);
      }
      return scaled;
    }
  }

  /** A column of 0 and 1 for each category. */
  record OneHotEncoded(Map<String, List<String>> categories, Transform.Unknown unknown)
      implements Fitted {
    @Override
    public Table apply(Table table) {
      Table encoded = table;
      for (Map.Entry<String, List<String>> entry : categories.entrySet()) {
        int[] places = places(table, entry.getKey(), entry.getValue(), unknown);
        List<Column> columns = new ArrayList<>();
        for (int category = 0; category < entry.getValue().size(); category++) {
          double[] values = new double[places.length];
          for (int row = 0; row < places.length; row++) {
            values[row] = places[row] == category ? 1 : 0;
          }
          columns.add(
              new Column.Numbers(entry.getKey() + "=" + entry.getValue().get(category), values));
        }
        encoded = encoded.replacing(entry.getKey(), columns);
      }
      return encoded;
    }
  }

  /** The category's place. */
  record OrdinalEncoded(Map<String, List<String>> categories, Transform.Unknown unknown)
      implements Fitted {
    @Override
    public Table apply(Table table) {
      Table encoded = table;
      for (Map.Entry<String, List<String>> entry : categories.entrySet()) {
        int[] places = places(table, entry.getKey(), entry.getValue(), unknown);
        double[] values = Arrays.stream(places).asDoubleStream().toArray();
        encoded =
            encoded.replacing(entry.getKey(), List.of(new Column.Numbers(entry.getKey(), values)));
      }
      return encoded;
    }
  }

  /** log(1 + x). */
  record Logarithm(List<String> columns) implements Fitted {
    @Override
    public Table apply(Table table) {
      Table mapped = table;
      for (String name : columns) {
        double[] values = table.numbers(name).values();
        for (int row = 0; row < values.length; row++) {
          if (values[row] <= -1) {
            throw new DataException("log.negative", table.source(), name, row + 1, values[row]);
          }
        }
        mapped = mapped(mapped, name, Math::log1p);
      }
      return mapped;
    }
  }

  /** Values held between two limits, by column. */
  record Clipped(Map<String, double[]> limits) implements Fitted {
    @Override
    public Table apply(Table table) {
      Table clipped = table;
      for (Map.Entry<String, double[]> entry : limits.entrySet()) {
        double low = entry.getValue()[0];
        double high = entry.getValue()[1];
        clipped =
            mapped(clipped, entry.getKey(), v -> Double.isNaN(v) ? v : Math.clamp(v, low, high));
      }
      return clipped;
    }
  }

  /** Ids of a column's words or characters, a column a place. */
  record Vectorized(String column, Vocabulary.Level level, List<String> pieces, int length)
      implements Fitted {
    @Override
    public Table apply(Table table) {
      Vocabulary.Encoder encoder = new Vocabulary(Vocabulary.Level.WORD, pieces).encoder();
      Column texts = table.column(column);
      double[][] ids = new double[length][texts.rows()];
      for (int row = 0; row < texts.rows(); row++) {
        String text = texts.text(row);
        if (text == null) {
          throw new DataException("value.missing", table.source(), column, row + 1);
        }
        String words = level == Vocabulary.Level.WORD ? text : Transform.Vectorize.spaced(text);
        int[] encoded = encoder.encode(words);
        for (int place = 0; place < Math.min(length, encoded.length); place++) {
          ids[place][row] = encoded[place];
        }
      }
      List<Column> columns = new ArrayList<>();
      for (int place = 0; place < length; place++) {
        columns.add(new Column.Numbers(column + "#" + place, ids[place]));
      }
      return table.replacing(column, columns);
    }
  }

  private static Table mapped(Table table, String name, DoubleUnaryOperator function) {
    double[] values = Arrays.stream(table.numbers(name).values()).map(function).toArray();
    return table.replacing(name, List.of(new Column.Numbers(name, values)));
  }

  private static int[] places(
      Table table, String name, List<String> categories, Transform.Unknown unknown) {
    Column column = table.column(name);
    int[] places = new int[column.rows()];
    for (int row = 0; row < places.length; row++) {
      String text = column.text(row);
      if (text == null) {
        throw new DataException("value.missing", table.source(), name, row + 1);
      }
      places[row] = categories.indexOf(text);
      if (places[row] < 0 && unknown == Transform.Unknown.ERROR) {
        throw new DataException(
            "value.unknown", table.source(), name, row + 1, text, String.join(", ", categories));
      }
    }
    return places;
  }
}
