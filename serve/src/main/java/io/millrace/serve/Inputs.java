package io.millrace.serve;

import io.millrace.data.Column;
import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.data.prepare.Preparation;
import io.millrace.model.Signature;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns a request's values into the rows that the network reads, through the model's own
 * preparation.
 */
final class Inputs {
  private Inputs() {}

  static Rows rows(Signature signature, Preparation preparation, List<Values> given) {
    Set<String> names = new HashSet<>();
    for (Values values : given) {
      if (!names.add(values.name())) {
        throw ServeException.wrong("input.twice", values.name());
      }
    }
    return switch (preparation) {
      case Preparation.OfArray array -> array.apply(array(signature, given));
      case Preparation.OfSeries series -> series.apply(array(signature, given));
      case Preparation.OfTokens tokens -> tokens.apply(array(signature, given));
      case Preparation.OfTable table -> table.apply(table(table, given));
    };
  }

  private static Rows array(Signature signature, List<Values> given) {
    Signature.Port port = signature.inputs().getFirst();
    if (given.size() != 1 || !given.getFirst().name().equals(port.name())) {
      throw ServeException.wrong(
          "input.names", given.stream().map(Values::name).toList(), List.of(port.name()));
    }
    Values values = given.getFirst();
    long[] expected = port.shape().clone();
    if (values.shape().length == expected.length && values.shape()[0] > 0) {
      expected[0] = values.shape()[0];
    }
    if (!Arrays.equals(values.shape(), expected)) {
      throw ServeException.wrong(
          "input.shape",
          port.name(),
          Arrays.toString(values.shape()),
          Arrays.toString(port.shape()));
    }
    float[] numbers =
        switch (values.data()) {
          case Values.Floats(float[] floats) -> floats;
          case Values.Doubles(double[] doubles) -> {
            float[] floats = new float[doubles.length];
            for (int i = 0; i < floats.length; i++) {
              floats[i] = (float) doubles[i];
            }
            yield floats;
          }
          case Values.Texts texts ->
              throw ServeException.wrong(
                  "input.datatype", port.name(), values.datatype(), port.datatype());
        };
    return Rows.of(numbers, Shape.of(Arrays.copyOfRange(expected, 1, expected.length)));
  }

  private static Table table(Preparation.OfTable preparation, List<Values> given) {
    List<Column> columns = new ArrayList<>();
    int rows = given.isEmpty() ? 0 : given.getFirst().rows();
    for (Preparation.Field field : preparation.fields()) {
      Values values =
          given.stream()
              .filter(one -> one.name().equals(field.name()))
              .findFirst()
              .orElseThrow(
                  () ->
                      ServeException.wrong(
                          "input.names",
                          given.stream().map(Values::name).toList(),
                          preparation.fields().stream().map(Preparation.Field::name).toList()));
      boolean vector =
          values.shape().length == 1 || (values.shape().length == 2 && values.shape()[1] == 1);
      if (!vector || values.rows() != rows || rows == 0) {
        throw ServeException.wrong(
            "input.shape",
            field.name(),
            Arrays.toString(values.shape()),
            "[" + Math.max(1, rows) + "]");
      }
      columns.add(column(field, values));
    }
    if (given.size() != preparation.fields().size()) {
      throw ServeException.wrong(
          "input.names",
          given.stream().map(Values::name).toList(),
          preparation.fields().stream().map(Preparation.Field::name).toList());
    }
    return Table.of("request", columns);
  }

  private static Column column(Preparation.Field field, Values values) {
    return switch (values.data()) {
      case Values.Texts(String[] texts) -> {
        if (field.number()) {
          throw ServeException.wrong("input.datatype", field.name(), values.datatype(), "FP64");
        }
        yield new Column.Texts(field.name(), texts);
      }
      case Values.Floats(float[] floats) -> {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
          doubles[i] = floats[i];
        }
        yield numbers(field, values, doubles);
      }
      case Values.Doubles(double[] doubles) -> numbers(field, values, doubles);
    };
  }

  private static Column numbers(Preparation.Field field, Values values, double[] doubles) {
    if (!field.number()) {
      throw ServeException.wrong("input.datatype", field.name(), values.datatype(), "BYTES");
    }
    return new Column.Numbers(field.name(), doubles);
  }
}
