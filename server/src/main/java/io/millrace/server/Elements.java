package io.millrace.server;

import io.millrace.ground.message.Nearest;
import io.millrace.serve.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The elements of a {@code data} array, flat or nested, before its datatype is known. */
final class Elements {
  /** Whole-number types with their ranges. */
  private static final Map<String, double[]> RANGES =
      Map.of(
          "UINT8", new double[] {0, 255},
          "INT8", new double[] {-128, 127},
          "UINT16", new double[] {0, 65535},
          "INT16", new double[] {-32768, 32767},
          "UINT32", new double[] {0, 4294967295.0},
          "INT32", new double[] {Integer.MIN_VALUE, Integer.MAX_VALUE},
          "UINT64", new double[] {0, 9007199254740992.0},
          "INT64", new double[] {-9007199254740992.0, 9007199254740992.0},
          "BOOL", new double[] {0, 1});

  private static final List<String> TYPES =
      List.of(
          "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP32",
          "FP64", "BYTES");

  private double[] numbers = new double[1024];
  private int count;
  private final List<String> texts = new ArrayList<>();

  private Elements() {}

  static Elements read(JsonParser in) {
    Elements elements = new Elements();
    int depth = 1;
    while (depth > 0) {
      JsonToken token = in.nextToken();
      switch (token) {
        case START_ARRAY -> depth++;
        case END_ARRAY -> depth--;
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> elements.add(in.getDoubleValue());
        case VALUE_TRUE -> elements.add(1);
        case VALUE_FALSE -> elements.add(0);
        case VALUE_STRING -> elements.texts.add(in.getString());
        case null, default -> throw new ServerException(400, "body.element", shown(token));
      }
    }
    return elements;
  }

  private static String shown(@Nullable JsonToken token) {
    return token == JsonToken.VALUE_NULL ? "null" : token == JsonToken.START_OBJECT ? "{" : "…";
  }

  private void add(double number) {
    if (count == numbers.length) {
      numbers = Arrays.copyOf(numbers, count * 2);
    }
    numbers[count++] = number;
  }

  Values as(String name, String datatype, long[] shape) {
    if (!TYPES.contains(datatype)) {
      throw new ServerException(
          400, "body.datatype", name, datatype, Nearest.of(datatype, TYPES), TYPES);
    }
    boolean bytes = datatype.equals("BYTES");
    int given = bytes ? texts.size() : count;
    if (count + texts.size() != given) {
      throw new ServerException(400, "body.mixed", name, datatype);
    }
    long wanted = elements(shape);
    if (wanted != given) {
      throw new ServerException(400, "body.count", name, Arrays.toString(shape), wanted, given);
    }
    if (bytes) {
      return new Values(name, datatype, shape, new Values.Texts(texts.toArray(new String[0])));
    }
    checkRange(name, datatype);
    return new Values(
        name,
        datatype,
        shape,
        isNarrow(datatype) ? floats(name) : new Values.Doubles(Arrays.copyOf(numbers, count)));
  }

  /** The product of the sizes, capped where it would overflow: no body holds as many. */
  private static long elements(long[] shape) {
    long product = 1;
    for (long size : shape) {
      product =
          size != 0 && product > Integer.MAX_VALUE / size ? Integer.MAX_VALUE : product * size;
    }
    return product;
  }

  private void checkRange(String name, String datatype) {
    double[] range = RANGES.get(datatype);
    if (range == null) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (numbers[i] != Math.rint(numbers[i]) || numbers[i] < range[0] || numbers[i] > range[1]) {
        throw new ServerException(400, "body.range", name, i, numbers[i], datatype);
      }
    }
  }

  private static boolean isNarrow(String datatype) {
    return switch (datatype) {
      case "FP32", "UINT8", "INT8", "UINT16", "INT16", "BOOL" -> true;
      default -> false;
    };
  }

  private Values.Data floats(String name) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i++) {
      floats[i] = (float) numbers[i];
      if (!Float.isFinite(floats[i])) {
        throw new ServerException(400, "body.range", name, i, numbers[i], "FP32");
      }
    }
    return new Values.Floats(floats);
  }
}
