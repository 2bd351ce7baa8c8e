package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;

/**
 * A vector for each id: [place…] of whole numbers → [place…, outputDim]. {@code weight} [inputDim,
 * outputDim].
 *
 * @param inputDim how many ids there are, 0 … inputDim − 1
 * @param outputDim the vectors' size
 * @param initializer of the vectors
 */
public record Embedding(
    int inputDim, int outputDim, @Default("random-uniform") Initializer initializer)
    implements LayerSpec {
  /** Checks the sizes. */
  public Embedding {
    if (inputDim < 1 || outputDim < 1) {
      throw new ModelException("embedding.size", inputDim, outputDim);
    }
  }

  @Override
  public Shape output(Shape input) {
    long[] sizes = java.util.Arrays.copyOf(input.sizes(), input.rank() + 1);
    sizes[input.rank()] = outputDim;
    return Shape.of(sizes);
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    Tensor table = weights.fresh("weight", initializer, inputDim, outputDim, inputDim, outputDim);
    return (x, pass) -> Neural.embedding(table, x.to(DType.INT64));
  }
}
