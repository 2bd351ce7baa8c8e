package io.millrace.serve.engine;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.transformer.PagedSequence;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Passes through the model. Some numbers of rows are multiplied by other kernels, with other
 * roundings: so a pass is filled up to one where a row's result does not depend on how many there
 * are (measured, docs/decisions/0010).
 */
final class Passes {
  /** MKL's float32 products are alike from row to row in multiples of this. */
  private static final int STEP = 8;

  private final CausalModel model;
  private final boolean half;

  Passes(CausalModel model, DType dtype) {
    this.model = model;
    this.half = dtype != DType.FLOAT32;
  }

  /** In half precision only a single row is treated in its own way. */
  private int filled(int rows) {
    return half ? Math.max(2, rows) : (rows + STEP - 1) / STEP * STEP;
  }

  /**
   * Reads on in a prompt.
   *
   * @return the scores behind its last token, once that is read
   */
  float @Nullable [] read(long[] prompt, PagedSequence text, int piece) {
    int from = text.length();
    int count = Math.min(piece, prompt.length - from);
    long[] ids = Arrays.copyOfRange(prompt, from, from + count);
    long[] positions = new long[count];
    Arrays.setAll(positions, i -> from + i);
    List<PagedSequence.Part> parts =
        List.of(new PagedSequence.Part(text, count, prompt.length, false));
    Tensor states = pass(ids, positions, parts);
    if (from + count < prompt.length) {
      return null;
    }
    return scores(states.narrow(1, count - 1, 1), model::logits)[0];
  }

  /** The scores behind the last token of each text. */
  float[][] write(List<Job.Copy> copies) {
    long[] ids = new long[copies.size()];
    long[] positions = new long[ids.length];
    List<PagedSequence.Part> parts = new ArrayList<>();
    for (int i = 0; i < ids.length; i++) {
      Job.Copy copy = copies.get(i);
      ids[i] = copy.written.getLast();
      positions[i] = copy.text.length();
      parts.add(new PagedSequence.Part(copy.text, 1, positions[i] + 1, true));
    }
    return scores(pass(ids, positions, parts).narrow(1, 0, ids.length), model::written);
  }

  private Tensor pass(long[] ids, long[] positions, List<PagedSequence.Part> parts) {
    int rows = filled(ids.length);
    Tensor tokens = Tensors.of(Arrays.copyOf(ids, rows), 1, rows);
    return model.paged(tokens, Tensors.of(Arrays.copyOf(positions, rows), 1, rows), parts);
  }

  private float[][] scores(Tensor states, UnaryOperator<Tensor> head) {
    int rows = (int) states.size(1);
    Tensor filled = states;
    int missing = filled(rows) - rows;
    if (missing > 0) {
      Tensor more = Tensors.zeros(states.dtype(), 1, missing, states.size(2));
      filled = Tensor.concat(List.of(states, more), 1);
    }
    float[] all = head.apply(filled).narrow(1, 0, rows).to(DType.FLOAT32).toFloats();
    int vocabulary = all.length / rows;
    float[][] each = new float[rows][];
    for (int i = 0; i < rows; i++) {
      each[i] = Arrays.copyOfRange(all, i * vocabulary, (i + 1) * vocabulary);
    }
    return each;
  }
}
