package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Source;
import io.millrace.tensor.Convolution;
import io.millrace.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From a picture to the first states: a state for each patch, behind one for the whole. */
public final class PictureEmbedding {
  /**
   * What an embedding is made of.
   *
   * @param patch height and width of a patch
   * @param bias whether the patches' product has one
   * @param norm after the sum with the positions; absent: none
   */
  public record Spec(
      int channels,
      int height,
      int width,
      int patch,
      int hidden,
      boolean bias,
      @Nullable Norm norm) {
    /** The number of patches. */
    public long patches() {
      return (long) (height / patch) * (width / patch);
    }
  }

  private final Spec spec;
  private final Tensor patches;
  private final @Nullable Tensor bias;
  private final Tensor whole;
  private final Tensor positions;
  private final Norm.@Nullable Layer norm;

  /** Takes {@code patches}, {@code whole}, {@code positions} and {@code norm}. */
  public PictureEmbedding(Spec spec, Source source) {
    this.spec = spec;
    patches = source.take("patches.weight", spec.hidden, spec.channels, spec.patch, spec.patch);
    bias = spec.bias ? source.take("patches.bias", spec.hidden) : null;
    whole = source.take("whole", spec.hidden);
    positions = source.take("positions", spec.patches() + 1, spec.hidden);
    norm = spec.norm == null ? null : spec.norm.build(source.inside("norm"), spec.hidden);
  }

  /** [batch, patches + 1, hidden] for pixels [batch, channels, height, width]. */
  Tensor forward(Tensor pixels) {
    if (pixels.rank() != 4
        || pixels.size(1) != spec.channels
        || pixels.size(2) != spec.height
        || pixels.size(3) != spec.width) {
      throw new ModelException(
          "input.picture",
          pixels.shape(),
          "[batch, " + spec.channels + ", " + spec.height + ", " + spec.width + "]");
    }
    long[] step = {spec.patch, spec.patch};
    Tensor x =
        Convolution.convolve(
                pixels.to(patches.dtype()), patches, bias, step, new long[2], new long[] {1, 1}, 1)
            .flatten(2, 3)
            .transpose(1, 2);
    Tensor first = whole.reshape(1, 1, spec.hidden).expand(x.size(0), 1, spec.hidden);
    Tensor states = Tensor.concat(List.of(first, x), 1).add(positions);
    return norm == null ? states : norm.apply(states);
  }
}
