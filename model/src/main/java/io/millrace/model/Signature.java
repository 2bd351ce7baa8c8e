package io.millrace.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a model takes and gives, in the words of the Open Inference Protocol. */
public record Signature(List<Port> inputs, List<Port> outputs) {
  /** Copies the ports. */
  public Signature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /**
   * One input or output.
   *
   * @param name unique on its side
   * @param datatype of the protocol: {@code FP32}, {@code FP64}, {@code INT64}, {@code UINT8},
   *     {@code BYTES} (texts) …
   * @param shape −1 stands for the number of rows
   * @param unit what the numbers mean, for a reader; may be absent
   * @param classes the names of the columns of class probabilities; absent elsewhere
   */
  public record Port(
      String name,
      String datatype,
      long[] shape,
      @Nullable String unit,
      @Nullable List<String> classes) {}
}
