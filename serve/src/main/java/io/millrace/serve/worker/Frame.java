package io.millrace.serve.worker;

import io.millrace.ground.message.Language;
import io.millrace.ground.message.Problem;
import io.millrace.serve.Values;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;

/**
 * One message between a deployment and its worker: length, id, kind, an argument, texts and values.
 *
 * @param id the request that it belongs to
 * @param argument what to explain, in {@link Kind#EXPLAIN}
 * @param texts the token in {@link Kind#HELLO}, the error in every language in {@link Kind#FAILED}
 */
public record Frame(long id, Kind kind, int argument, List<String> texts, List<Values> values) {
  /** What a frame means. */
  public enum Kind {
    HELLO,
    PREDICT,
    EXPLAIN,
    ANSWER,
    FAILED,
    /** A text to write, as JSON: see {@link io.millrace.serve.language.TextEngine}. */
    WRITE,
    /** Some of it, as JSON; more follows, {@link #ANSWER} ends it. */
    PIECE,
    /** Nobody wants the rest of the request of this number. */
    CANCEL,
    /** What the engine is doing, answered as JSON. */
    STATE
  }

  private static final int LARGEST = 512 << 20;

  /** A request for a prediction. */
  public static Frame predict(long id, List<Values> inputs) {
    return new Frame(id, Kind.PREDICT, 0, List.of(), inputs);
  }

  /** A frame that carries one text. */
  public static Frame text(long id, Kind kind, String text) {
    return new Frame(id, kind, 0, List.of(text), List.of());
  }

  /** That a request failed, in every language. */
  public static Frame failed(long id, Problem problem) {
    List<String> texts = new ArrayList<>();
    texts.add(problem.key());
    for (Language language : Language.values()) {
      texts.add(problem.message(language));
    }
    return new Frame(id, Kind.FAILED, 0, texts, List.of());
  }

  /** That a request failed by a fault of ours, which the log tells under this id. */
  public static Frame bug(long id, String logged) {
    List<String> texts = new ArrayList<>(List.of("bug"));
    for (Language language : Language.values()) {
      texts.add(
          "internal error " + logged + (language == Language.CHINESE ? "（见日志）" : ", see the log"));
    }
    return new Frame(id, Kind.FAILED, 0, texts, List.of());
  }

  /** Writes frames as they come, those that wait together at once, until the other side goes. */
  public static void writeAll(BlockingQueue<Frame> frames, DataOutputStream out)
      throws IOException, InterruptedException {
    List<Frame> some = new ArrayList<>();
    while (true) {
      some.add(frames.take());
      frames.drainTo(some);
      for (Frame frame : some) {
        frame.write(out);
      }
      out.flush();
      some.clear();
    }
  }

  /** Writes the frame. */
  public void write(DataOutputStream out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
    DataOutputStream body = new DataOutputStream(bytes);
    body.writeLong(id);
    body.writeByte(kind.ordinal());
    body.writeInt(argument);
    body.writeShort(texts.size());
    for (String text : texts) {
      text(body, text);
    }
    body.writeShort(values.size());
    for (Values one : values) {
      text(body, one.name());
      text(body, one.datatype());
      body.writeByte(one.shape().length);
      for (long size : one.shape()) {
        body.writeLong(size);
      }
      data(body, one.data());
    }
    out.writeInt(bytes.size());
    bytes.writeTo(out);
  }

  /** Reads a frame. */
  public static Frame read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LARGEST) {
      throw new IOException("a frame of " + length + " bytes");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new java.io.EOFException();
    }
    ByteBuffer body = ByteBuffer.wrap(bytes);
    long id = body.getLong();
    Kind kind = Kind.values()[body.get()];
    int argument = body.getInt();
    List<String> texts = new ArrayList<>();
    for (int i = body.getShort(); i > 0; i--) {
      texts.add(text(body));
    }
    List<Values> values = new ArrayList<>();
    for (int i = body.getShort(); i > 0; i--) {
      String name = text(body);
      String datatype = text(body);
      long[] shape = new long[body.get()];
      for (int d = 0; d < shape.length; d++) {
        shape[d] = body.getLong();
      }
      values.add(new Values(name, datatype, shape, data(body)));
    }
    return new Frame(id, kind, argument, texts, values);
  }

  private static void data(DataOutputStream out, Values.Data data) throws IOException {
    switch (data) {
      case Values.Floats(float[] values) -> {
        out.writeByte(0);
        out.writeInt(values.length);
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES);
        buffer.asFloatBuffer().put(values);
        out.write(buffer.array());
      }
      case Values.Doubles(double[] values) -> {
        out.writeByte(1);
        out.writeInt(values.length);
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Double.BYTES);
        buffer.asDoubleBuffer().put(values);
        out.write(buffer.array());
      }
      case Values.Texts(String[] values) -> {
        out.writeByte(2);
        out.writeInt(values.length);
        for (String value : values) {
          text(out, value);
        }
      }
    }
  }

  private static Values.Data data(ByteBuffer body) {
    int kind = body.get();
    int length = body.getInt();
    switch (kind) {
      case 0 -> {
        float[] values = new float[length];
        body.asFloatBuffer().get(values);
        body.position(body.position() + length * Float.BYTES);
        return new Values.Floats(values);
      }
      case 1 -> {
        double[] values = new double[length];
        body.asDoubleBuffer().get(values);
        body.position(body.position() + length * Double.BYTES);
        return new Values.Doubles(values);
      }
      default -> {
        String[] values = new String[length];
        for (int i = 0; i < length; i++) {
          values[i] = text(body);
        }
        return new Values.Texts(values);
      }
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(ByteBuffer body) {
    byte[] bytes = new byte[body.getInt()];
    body.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
