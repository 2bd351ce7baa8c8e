package io.millrace.train.language;

import io.millrace.data.language.Reading;
import io.millrace.model.architecture.Architecture;
import io.millrace.model.architecture.Inputs;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Texts side by side, filled up behind.
 *
 * @param ids int64 [batch, time]
 * @param types int64 [batch, time]
 * @param mask int64 [batch, time], 1 where a token is real
 */
record Padded(Tensor ids, Tensor types, Tensor mask) {
  /** In the current scope. */
  static Padded of(List<Reading> texts, long padding) {
    int time = texts.stream().mapToInt(text -> text.ids().length).max().orElseThrow();
    long[] ids = new long[texts.size() * time];
    long[] types = new long[ids.length];
    long[] mask = new long[ids.length];
    Arrays.fill(ids, padding);
    for (int row = 0; row < texts.size(); row++) {
      Reading text = texts.get(row);
      int length = text.ids().length;
      System.arraycopy(text.ids(), 0, ids, row * time, length);
      System.arraycopy(text.types(), 0, types, row * time, length);
      Arrays.fill(mask, row * time, row * time + length, 1);
    }
    return new Padded(
        Tensors.of(ids, texts.size(), time),
        Tensors.of(types, texts.size(), time),
        Tensors.of(mask, texts.size(), time));
  }

  /** What an architecture reads of them. */
  Inputs inputs(Architecture architecture) {
    return inputs(architecture.inputs());
  }

  /** Those that have a name among these. */
  Inputs inputs(Set<String> names) {
    Map<String, Tensor> all = new HashMap<>();
    all.put("input_ids", ids);
    all.put("attention_mask", mask);
    if (names.contains("token_type_ids")) {
      all.put("token_type_ids", types);
    }
    return new Inputs(all);
  }
}
