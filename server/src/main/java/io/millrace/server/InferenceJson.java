package io.millrace.server;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Nearest;
import io.millrace.serve.Values;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The bodies of {@code infer} requests and answers, as the Open Inference Protocol has them in
 * JSON.
 */
final class InferenceJson {
  private static final List<String> REQUEST_KEYS = List.of("id", "parameters", "inputs", "outputs");
  private static final List<String> INPUT_KEYS =
      List.of("name", "shape", "datatype", "parameters", "data");

  /**
   * A request.
   *
   * @param target which output to explain, −1 for the chosen one; Millrace's own parameter
   */
  record Request(@Nullable String id, int target, List<Values> inputs) {}

  private InferenceJson() {}

  static Request read(byte[] body) {
    try (JsonParser in = Json.mapper().createParser(body)) {
      return request(in);
    } catch (JacksonException e) {
      throw new ServerException(400, "body.json", e.getOriginalMessage());
    }
  }

  private static Request request(JsonParser in) {
    expect(in.nextToken(), JsonToken.START_OBJECT, "{…}");
    String id = null;
    int target = -1;
    List<Values> inputs = null;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String key = in.currentName();
      in.nextToken();
      switch (key) {
        case "id" -> id = in.getString();
        case "inputs" -> inputs = inputs(in);
        case "parameters" -> target = target(in);
        case "outputs" -> in.skipChildren();
        default -> throw new ServerException(400, "body.key", key, Nearest.of(key, REQUEST_KEYS));
      }
    }
    if (inputs == null) {
      throw new ServerException(400, "body.missing", "inputs");
    }
    return new Request(id, target, inputs);
  }

  private static int target(JsonParser in) {
    expect(in.currentToken(), JsonToken.START_OBJECT, "parameters: {…}");
    int target = -1;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      boolean wanted = in.currentName().equals("target");
      JsonToken token = in.nextToken();
      if (wanted) {
        expect(token, JsonToken.VALUE_NUMBER_INT, "target: 0, 1, 2 …");
        target = in.getIntValue();
      } else {
        in.skipChildren();
      }
    }
    return target;
  }

  private static List<Values> inputs(JsonParser in) {
    expect(in.currentToken(), JsonToken.START_ARRAY, "inputs: […]");
    List<Values> inputs = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      expect(in.currentToken(), JsonToken.START_OBJECT, "inputs: [{…}]");
      inputs.add(input(in));
    }
    return inputs;
  }

  private static Values input(JsonParser in) {
    String name = null;
    String datatype = null;
    long[] shape = null;
    Elements data = null;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String key = in.currentName();
      JsonToken token = in.nextToken();
      switch (key) {
        case "name" -> name = in.getString();
        case "datatype" -> datatype = in.getString();
        case "shape" -> shape = shape(in);
        case "parameters" -> in.skipChildren();
        case "data" -> {
          expect(token, JsonToken.START_ARRAY, "data: […]");
          data = Elements.read(in);
        }
        default -> throw new ServerException(400, "body.key", key, Nearest.of(key, INPUT_KEYS));
      }
    }
    if (name == null || datatype == null || shape == null || data == null) {
      throw new ServerException(400, "body.input");
    }
    return data.as(name, datatype, shape);
  }

  private static long[] shape(JsonParser in) {
    expect(in.currentToken(), JsonToken.START_ARRAY, "shape: […]");
    long[] sizes = new long[8];
    int rank = 0;
    while (in.nextToken() != JsonToken.END_ARRAY) {
      expect(in.currentToken(), JsonToken.VALUE_NUMBER_INT, "shape: [1, 28, 28]");
      long size = in.getLongValue();
      if (rank == sizes.length || size < 0 || size > Integer.MAX_VALUE) {
        throw new ServerException(400, "body.shape", size);
      }
      sizes[rank++] = size;
    }
    return java.util.Arrays.copyOf(sizes, rank);
  }

  private static void expect(@Nullable JsonToken token, JsonToken wanted, String shown) {
    if (token != wanted) {
      throw new ServerException(400, "body.expected", shown);
    }
  }

  static byte[] write(String model, @Nullable String id, List<Values> outputs) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator out = Json.mapper().createGenerator(bytes)) {
      out.writeStartObject();
      out.writeStringProperty("model_name", model);
      if (id != null) {
        out.writeStringProperty("id", id);
      }
      out.writeArrayPropertyStart("outputs");
      for (Values one : outputs) {
        out.writeStartObject();
        out.writeStringProperty("name", one.name());
        out.writeStringProperty("datatype", one.datatype());
        out.writeName("shape");
        out.writeArray(one.shape(), 0, one.shape().length);
        out.writeArrayPropertyStart("data");
        switch (one.data()) {
          case Values.Floats(float[] values) -> {
            for (float value : values) {
              out.writeNumber(value);
            }
          }
          case Values.Doubles(double[] values) -> {
            for (double value : values) {
              out.writeNumber(value);
            }
          }
          case Values.Texts(String[] values) -> {
            for (String value : values) {
              out.writeString(value);
            }
          }
        }
        out.writeEndArray();
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
