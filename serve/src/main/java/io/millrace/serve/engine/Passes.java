package io.millrace.serve.engine;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.transformer.PagedCache;
import io.millrace.model.transformer.PagedSequence;
import io.millrace.model.transformer.Projection;
import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes through the model. Some numbers of rows are multiplied by other kernels, with other
 * roundings: so a pass is filled up to one where a row's result does not depend on how many there
 * are (measured, docs/decisions/0010).
 */
final class Passes {
  /** MKL's float32 products are alike from row to row in multiples of this. */
  private static final int STEP = 8;

  /** With more rows than this, products in eight bits take longer than those in bfloat16. */
  private static final int LONGEST_END = 32;

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
   * Reads on in a prompt, and its end together with what leads there.
   *
   * @return the scores behind its last token, once that is read
   */
  float @Nullable [] read(Order order, PagedSequence text, int piece) {
    int length = order.prompt().length;
    int whole = length - end(length);
    if (text.length() < whole) {
      int count = Math.min(piece, whole - text.length());
      Tensor states = read(order, text, count, false);
      if (text.length() == length) {
        return scores(states.narrow(1, count - 1, 1))[0];
      }
      if (text.length() < whole) {
        return null;
      }
    }
    int count = length - text.length();
    return written(read(order, text, count, true).narrow(1, count - 1, 1))[0];
  }

  /**
   * How many tokens at a prompt's end are read as tokens are written, in eight bits: few rows are
   * bound by reading the weights, and where the beginning is known these are all there is to do.
   * That depends on the prompt alone, and what can be shared never holds them.
   */
  private int end(int length) {
    int behind = length % PagedCache.BLOCK;
    return model.narrowed() == NarrowWeight.Kind.INT8
            && !model.stack().isScaledByLength()
            && behind <= LONGEST_END
        ? behind
        : 0;
  }

  private Tensor read(Order order, PagedSequence text, int count, boolean writes) {
    long[] prompt = order.prompt();
    int from = text.length();
    long[] ids = Arrays.copyOfRange(prompt, from, from + count);
    long[] positions = new long[count];
    Arrays.setAll(positions, i -> from + i);
    return pass(
        ids,
        positions,
        List.of(new PagedSequence.Part(text, count, prompt.length, writes, order.adapter())));
  }

  /**
   * The scores behind the last token of each text, and behind each token that is guessed to follow
   * it: the texts then hold all of these.
   *
   * @return for each text as many rows as it has guesses and 1
   */
  float[][][] write(List<Job.Copy> copies, List<long[]> guesses) {
    int rows = copies.size() + guesses.stream().mapToInt(some -> some.length).sum();
    long[] ids = new long[rows];
    long[] positions = new long[rows];
    List<PagedSequence.Part> parts = new ArrayList<>();
    int row = 0;
    for (int i = 0; i < copies.size(); i++) {
      Job.Copy copy = copies.get(i);
      long[] guessed = guesses.get(i);
      int from = copy.text.length();
      ids[row] = copy.written.getLast();
      System.arraycopy(guessed, 0, ids, row + 1, guessed.length);
      parts.add(
          new PagedSequence.Part(copy.text, 1 + guessed.length, from + 1, true, copy.adapter));
      for (int j = 0; j <= guessed.length; j++) {
        positions[row++] = from + j;
      }
    }
    float[][] all = written(pass(ids, positions, parts).narrow(1, 0, rows));
    float[][][] each = new float[copies.size()][][];
    row = 0;
    for (int i = 0; i < each.length; i++) {
      each[i] = Arrays.copyOfRange(all, row, row + 1 + guesses.get(i).length);
      row += each[i].length;
    }
    return each;
  }

  private Tensor pass(long[] ids, long[] positions, List<PagedSequence.Part> parts) {
    int rows = filled(ids.length);
    Tensor tokens = Tensors.of(Arrays.copyOf(ids, rows), 1, rows);
    return model.paged(tokens, Tensors.of(Arrays.copyOf(positions, rows), 1, rows), parts);
  }

  private float[][] written(Tensor states) {
    // In few bits no row's result depends on how many there are.
    return model.narrowed() == null ? scores(states) : model.written(states.select(0, 0));
  }

  private float[][] scores(Tensor states) {
    int rows = (int) states.size(1);
    Tensor filled = states;
    int missing = filled(rows) - rows;
    if (missing > 0) {
      Tensor more = Tensors.zeros(states.dtype(), 1, missing, states.size(2));
      filled = Tensor.concat(List.of(states, more), 1);
    }
    return Projection.rows(model.logits(filled).select(0, 0).narrow(0, 0, rows));
  }
}
