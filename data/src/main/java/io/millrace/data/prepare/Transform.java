package io.millrace.data.prepare;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.data.text.Vocabulary;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.ground.spec.OneOf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What to do with some columns; {@link #fit} learns from training rows what it needs. */
@OneOf({
  Transform.Impute.class,
  Transform.Standardize.class,
  Transform.MinMax.class,
  Transform.OneHot.class,
  Transform.Ordinal.class,
  Transform.Log.class,
  Transform.Clip.class,
  Transform.Vectorize.class,
  Transform.Rescale.class
})
public sealed interface Transform {
  /** Learns from training rows. */
  Fitted fit(Table train);

  /** How gaps are filled. */
  enum Fill {
    MEAN,
    MEDIAN,
    MOST_FREQUENT
  }

  /** What an encoding does with a value that training did not show. */
  enum Unknown {
    /** The row is an error that names the value. */
    ERROR,
    /** One-hot: all zeros; ordinal: −1. */
    IGNORE
  }

  /** Fills gaps; columns of text take the most frequent value. */
  record Impute(@Default("numeric") Select columns, @Default("median") Fill with)
      implements Transform {
    @Override
    public Fitted fit(Table train) {
      Map<String, Object> values = new LinkedHashMap<>();
      for (Column column : columns.of(train)) {
        if (column.missing() == column.rows()) {
          throw new DataException("column.empty", train.source(), column.name());
        }
        values.put(
            column.name(),
            column instanceof Column.Numbers numbers && with != Fill.MOST_FREQUENT
                ? (Object) fillNumber(numbers)
                : mostFrequent(column));
      }
      return new Fitted.Imputed(values);
    }

    private double fillNumber(Column.Numbers column) {
      double[] known = known(column);
      if (with == Fill.MEAN) {
        return Arrays.stream(known).average().orElseThrow();
      }
      Arrays.sort(known);
      int middle = known.length / 2;
      return known.length % 2 == 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
    }

    private static Object mostFrequent(Column column) {
      Map<String, Integer> counts = new LinkedHashMap<>();
      for (int row = 0; row < column.rows(); row++) {
        String text = column.text(row);
        if (text != null) {
          counts.merge(text, 1, Integer::sum);
        }
      }
      String most =
          counts.entrySet().stream()
              .max(
                  Comparator.comparingInt((Map.Entry<String, Integer> e) -> e.getValue())
                      .thenComparing(Map.Entry.<String, Integer>comparingByKey().reversed()))
              .orElseThrow()
              .getKey();
      return column instanceof Column.Numbers ? (Object) Double.valueOf(most) : most;
    }
  }

  /**
   * Subtracts the mean and divides by the standard deviation (of the population, as scikit-learn).
   */
  record Standardize(@Default("numeric") Select columns) implements Transform {
    @Override
    public Fitted fit(Table train) {
      Map<String, double[]> centers = new LinkedHashMap<>();
      for (Column column : columns.of(train)) {
        double[] known = known(train.numbers(column.name()));
        double mean = Arrays.stream(known).average().orElse(0);
        double variance =
            Arrays.stream(known).map(v -> (v - mean) * (v - mean)).average().orElse(0);
        double deviation = Math.sqrt(variance);
        centers.put(column.name(), new double[] {mean, deviation == 0 ? 1 : deviation});
      }
      return new Fitted.Scaled(centers);
    }
  }

  /** Maps the smallest training value to 0 and the largest to 1. */
  record MinMax(@Default("numeric") Select columns) implements Transform {
    @Override
    public Fitted fit(Table train) {
      Map<String, double[]> centers = new LinkedHashMap<>();
      for (Column column : columns.of(train)) {
        double[] known = known(train.numbers(column.name()));
        double low = Arrays.stream(known).min().orElse(0);
        double high = Arrays.stream(known).max().orElse(1);
        centers.put(column.name(), new double[] {low, high == low ? 1 : high - low});
      }
      return new Fitted.Scaled(centers);
    }
  }

  /** One column of 0 and 1 for each value that training shows, in alphabetical order. */
  @Key("onehot")
  record OneHot(@Default("categorical") Select columns, @Default("error") Unknown unknown)
      implements Transform {
    @Override
    public Fitted fit(Table train) {
      return new Fitted.OneHotEncoded(categories(train, columns), unknown);
    }
  }

  /** The value's place, from 0, among those that training shows, in alphabetical order. */
  record Ordinal(@Default("categorical") Select columns, @Default("error") Unknown unknown)
      implements Transform {
    @Override
    public Fitted fit(Table train) {
      return new Fitted.OrdinalEncoded(categories(train, columns), unknown);
    }
  }

  /** log(1 + x); values must be above −1. */
  record Log(Select columns) implements Transform {
    @Override
    public Fitted fit(Table train) {
      return new Fitted.Logarithm(
          columns.of(train).stream().map(c -> train.numbers(c.name()).name()).toList());
    }
  }

  /**
   * Values below the lower quantile of the training rows become it, values above the upper one too.
   */
  record Clip(
      @Default("numeric") Select columns,
      @Default("0.01") double lower,
      @Default("0.99") double upper)
      implements Transform {
    /** Checks 0 ≤ lower < upper ≤ 1. */
    public Clip {
      if (!(lower >= 0 && lower < upper && upper <= 1)) {
        throw new DataException("clip.quantiles", lower, upper);
      }
    }

    @Override
    public Fitted fit(Table train) {
      Map<String, double[]> limits = new LinkedHashMap<>();
      for (Column column : columns.of(train)) {
        double[] known = known(train.numbers(column.name()));
        Arrays.sort(known);
        limits.put(column.name(), new double[] {quantile(known, lower), quantile(known, upper)});
      }
      return new Fitted.Clipped(limits);
    }

    /** Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996). */
    private static double quantile(double[] sorted, double q) {
      double place = q * (sorted.length - 1);
      int below = (int) Math.floor(place);
      int above = Math.min(below + 1, sorted.length - 1);
      return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
  }

  /**
   * A column of texts becomes columns of word or character ids, for an embedding: the first {@code
   * length} pieces, filled up with 0.
   *
   * @param column the texts
   * @param level what a piece is
   * @param size at most so many different pieces, the filling (0) and the unknown (1) included
   * @param length columns
   */
  record Vectorize(
      String column,
      @Default("word") Vocabulary.Level level,
      @Default("10000") int size,
      @Default("100") int length)
      implements Transform {
    /** Checks the numbers. */
    public Vectorize {
      if (size < 3 || length < 1) {
        throw new DataException("vectorize.range", size, length);
      }
    }

    @Override
    public Fitted fit(Table train) {
      Column texts = train.column(column);
      List<String> all = new ArrayList<>();
      for (int row = 0; row < texts.rows(); row++) {
        String text = texts.text(row);
        if (text != null) {
          all.add(level == Vocabulary.Level.WORD ? text : spaced(text));
        }
      }
      return new Fitted.Vectorized(column, level, Vocabulary.words(all, size).pieces(), length);
    }

    /** A character a word, so that both levels count and cut alike. */
    static String spaced(String text) {
      return text.strip().replaceAll("\\s+", "").replaceAll("(?<=.)(?=.)", " ");
    }
  }

  /**
   * For pictures and other arrays: every value is divided by a number, then another is added.
   *
   * @param divideBy not 0
   */
  record Rescale(@Default("255") double divideBy, @Default("0") double add) implements Transform {
    /** Checks the divisor. */
    public Rescale {
      if (divideBy == 0) {
        throw new DataException("rescale.zero");
      }
    }

    @Override
    public Fitted fit(Table train) {
      throw new DataException("rescale.table", train.source());
    }
  }

  private static double[] known(Column.Numbers column) {
    double[] known = Arrays.stream(column.values()).filter(v -> !Double.isNaN(v)).toArray();
    if (known.length == 0) {
      throw new DataException("column.empty", "", column.name());
    }
    return known;
  }

  private static Map<String, List<String>> categories(Table train, Select columns) {
    Map<String, List<String>> categories = new LinkedHashMap<>();
    for (Column column : columns.of(train)) {
      TreeSet<String> values = new TreeSet<>();
      for (int row = 0; row < column.rows(); row++) {
        String text = column.text(row);
        if (text != null) {
          values.add(text);
        }
      }
      if (values.isEmpty()) {
        throw new DataException("column.empty", train.source(), column.name());
      }
      categories.put(column.name(), new ArrayList<>(values));
    }
    return categories;
  }
}
