package io.millrace.model.transformer;

import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;

/**
 * A learned number for each head and bucket of distances, added to scores (Raffel et al. 2020):
 * near distances have buckets of their own, far ones share buckets that widen logarithmically.
 */
final class RelativeBias {
  private final Stack.Relative spec;
  private final Tensor table;

  RelativeBias(Stack.Relative spec, int heads, Source source) {
    this.spec = spec;
    this.table = source.take("weight", spec.buckets(), heads);
  }

  /** [1, heads, time, keys] for queries from number {@code query} and keys from {@code key}. */
  Tensor bias(long query, long time, long key, long keys) {
    long[] bucket = new long[Math.toIntExact(time * keys)];
    for (int i = 0; i < time; i++) {
      for (int j = 0; j < keys; j++) {
        bucket[(int) (i * keys + j)] = bucket(key + j - (query + i));
      }
    }
    return Neural.embedding(table, Tensors.of(bucket, time, keys)).permute(2, 0, 1).unsqueeze(0);
  }

  /** The bucket of a distance: the key's number less the query's. */
  private long bucket(long distance) {
    long count = spec.buckets();
    long start = 0;
    long far;
    if (spec.bothWays()) {
      count /= 2;
      start = distance > 0 ? count : 0;
      far = Math.abs(distance);
    } else {
      far = Math.max(0, -distance);
    }
    long exact = count / 2;
    if (far < exact) {
      return start + far;
    }
    // In float32 as the reference implementation has it, so that borders fall alike.
    float place =
        (float) Math.log((float) far / exact)
            / (float) Math.log((double) spec.farthest() / exact)
            * (count - exact);
    return start + Math.min(count - 1, exact + (long) place);
  }
}
