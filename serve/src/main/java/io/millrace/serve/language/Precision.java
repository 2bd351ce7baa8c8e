package io.millrace.serve.language;

import io.millrace.ground.message.Nearest;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** In which numbers a deployment computes. */
public enum Precision {
  /** As the folder has its weights: answers equal the reference's. */
  AS_STORED(null, null),
  /** bfloat16. */
  BF16(DType.BFLOAT16, null),
  /** Texts are written with matrices in eight bits; prompts are read with weights as stored. */
  INT8(null, NarrowWeight.Kind.INT8),
  /** As {@link #INT8} with four bits: half the memory, further from the reference. */
  INT4(null, NarrowWeight.Kind.INT4);

  private final @Nullable DType weights;
  private final NarrowWeight.@Nullable Kind writing;

  Precision(@Nullable DType weights, NarrowWeight.@Nullable Kind writing) {
    this.weights = weights;
    this.writing = writing;
  }

  /** What weights become; absent: as stored. */
  @Nullable DType weights() {
    return weights;
  }

  /** In which bits texts are written; absent: with the weights. */
  NarrowWeight.@Nullable Kind writing() {
    return writing;
  }

  /** The name that a user writes, for example {@code as-stored}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** By the name that a user writes. */
  public static Precision of(String word) {
    List<String> known = Arrays.stream(values()).map(Precision::word).toList();
    for (Precision one : values()) {
      if (one.word().equals(word)) {
        return one;
      }
    }
    throw ServeException.wrong("engine.precision", word, Nearest.of(word, known), known);
  }
}
