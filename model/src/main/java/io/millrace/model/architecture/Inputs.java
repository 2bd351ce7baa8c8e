package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a pass reads, by the names that Hugging Face uses.
 *
 * @param tensors {@code input_ids}, {@code attention_mask} (1 where a token is real) and so on
 */
public record Inputs(Map<String, Tensor> tensors) {
  /** Token ids without padding. */
  public static Inputs ids(Tensor ids) {
    return new Inputs(Map.of("input_ids", ids));
  }

  /**
   * Texts of different lengths side by side, filled up behind.
   *
   * @param ids the texts' tokens
   * @param types for each text which of two it is by token; empty: all of one
   * @param padding the id that fills rows up
   * @param names what a model reads; others are left out
   */
  public static Inputs padded(
      List<long[]> ids, List<long[]> types, long padding, Set<String> names) {
    int time = ids.stream().mapToInt(row -> row.length).max().orElseThrow();
    long[] all = new long[ids.size() * time];
    long[] kinds = new long[all.length];
    long[] mask = new long[all.length];
    Arrays.fill(all, padding);
    for (int row = 0; row < ids.size(); row++) {
      int length = ids.get(row).length;
      System.arraycopy(ids.get(row), 0, all, row * time, length);
      if (!types.isEmpty()) {
        System.arraycopy(types.get(row), 0, kinds, row * time, length);
      }
      Arrays.fill(mask, row * time, row * time + length, 1);
    }
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("input_ids", Tensors.of(all, ids.size(), time));
    inputs.put("attention_mask", Tensors.of(mask, ids.size(), time));
    if (names.contains("token_type_ids")) {
      inputs.put("token_type_ids", Tensors.of(kinds, ids.size(), time));
    }
    return new Inputs(inputs);
  }

  /** The input of this name. */
  public Tensor required(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelException("input.missing", name, tensors.keySet());
    }
    return tensor;
  }

  /** The input of this name, if it is there. */
  public @Nullable Tensor optional(String name) {
    return tensors.get(name);
  }

  /** Refuses names that the model does not read. */
  void allow(Set<String> names) {
    for (String name : tensors.keySet()) {
      if (!names.contains(name)) {
        throw new ModelException("input.surplus", name, names);
      }
    }
  }

  /** Token ids of this name as int64 [batch, time]. */
  Tensor tokens(String name) {
    Tensor ids = required(name);
    if (ids.rank() != 2 || ids.dtype().isFloating() || ids.elements() == 0) {
      throw new ModelException("input.tokens", name, ids.toString());
    }
    return ids.to(DType.INT64);
  }

  /** A mask of this name as booleans like {@code ids}, or absent where nothing is hidden. */
  @Nullable Tensor real(String name, Tensor ids) {
    Tensor mask = optional(name);
    if (mask == null) {
      return null;
    }
    if (!mask.shape().equals(ids.shape())) {
      throw new ModelException("input.mask", name, mask.shape(), ids.shape());
    }
    Tensor real = mask.eq(0).not();
    return real.all().item() == 1 ? null : real;
  }

  /** Places counted from the first real token of each row, as for padding on the left. */
  static Stack.Places counted(Tensor ids, @Nullable Tensor real) {
    if (real == null) {
      return Stack.Places.from(0, ids.size(1));
    }
    int batch = (int) ids.size(0);
    int time = (int) ids.size(1);
    long[] mask = real.to(DType.INT64).toLongs();
    long[] positions = new long[batch * time];
    long longest = 1;
    for (int row = 0; row < batch; row++) {
      long next = 0;
      for (int i = row * time; i < (row + 1) * time; i++) {
        positions[i] = mask[i] == 0 ? 0 : next++;
      }
      longest = Math.max(longest, next);
    }
    return new Stack.Places(Tensors.of(positions, batch, time), longest, real);
  }
}
