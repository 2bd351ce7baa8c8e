package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.tensor.Convolution;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Normalization;
import io.millrace.tensor.Pooling;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Convolutions with ways around them: ResNet (He et al. 2016). */
public final class ResidualModel implements Architecture {
  /**
   * What a model is made of.
   *
   * @param stem channels after the first convolution
   * @param stages channels of each stage
   * @param depths blocks of each stage
   * @param bottleneck whether a block narrows its channels to a quarter inside
   * @param strideFirst whether a narrowing block steps in its first convolution, not its second
   * @param shrinkFirst whether the first stage halves the picture too
   * @param classes scores at the end; 0: none
   */
  public record Spec(
      int channels,
      int stem,
      List<Integer> stages,
      List<Integer> depths,
      boolean bottleneck,
      boolean strideFirst,
      boolean shrinkFirst,
      Activation activation,
      int classes) {}

  private static final Set<String> INPUTS = Set.of("pixel_values");
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  /** A convolution and its batch normalization. */
  private static final class Convolved {
    private final Tensor weight;
    private final long stride;
    private final long padding;
    private final Tensor scale;
    private final Tensor shift;
    private final Tensor mean;
    private final Tensor variance;

    Convolved(long in, long out, long kernel, long stride, Source source) {
      this.stride = stride;
      this.padding = kernel / 2;
      weight = source.take("convolution.weight", out, in, kernel, kernel);
      scale = source.take("norm.weight", out);
      shift = source.take("norm.bias", out);
      mean = source.take("norm.mean", out);
      variance = source.take("norm.variance", out);
    }

    Tensor apply(Tensor x, Layer.Pass pass) {
      Tensor y =
          Convolution.convolve(
              x,
              weight,
              null,
              new long[] {stride, stride},
              new long[] {padding, padding},
              new long[] {1, 1},
              1);
      return pass == Layer.Pass.TRAINING
          ? Normalization.batch(y, scale, shift, mean, variance, MOMENTUM, EPSILON)
          : Normalization.batch(y, scale, shift, mean, variance, EPSILON);
    }
  }

  /** A block: convolutions, and what goes around them. */
  private record Around(List<Convolved> inside, @Nullable Convolved shortcut) {}

  private final Spec spec;
  private final Convolved stem;
  private final List<Around> blocks = new ArrayList<>();
  private final @Nullable Projection classifier;

  /** Takes all weights. */
  public ResidualModel(Spec spec, Source source) {
    this.spec = spec;
    stem = new Convolved(spec.channels, spec.stem, 7, 2, source.inside("stem"));
    long in = spec.stem;
    for (int stage = 0; stage < spec.stages.size(); stage++) {
      long out = spec.stages.get(stage);
      for (int depth = 0; depth < spec.depths.get(stage); depth++) {
        boolean shrinks = depth == 0 && (stage > 0 || spec.shrinkFirst);
        Source place = source.inside("stages").inside("" + stage).inside("" + depth);
        blocks.add(block(in, out, shrinks ? 2 : 1, place));
        in = out;
      }
    }
    classifier =
        spec.classes == 0
            ? null
            : Projection.of(source.inside("classifier"), true, in, spec.classes);
  }

  private Around block(long in, long out, long stride, Source source) {
    List<Convolved> inside = new ArrayList<>();
    if (spec.bottleneck) {
      long narrow = out / 4;
      long first = spec.strideFirst ? stride : 1;
      inside.add(new Convolved(in, narrow, 1, first, source.inside("0")));
      inside.add(new Convolved(narrow, narrow, 3, stride / first, source.inside("1")));
      inside.add(new Convolved(narrow, out, 1, 1, source.inside("2")));
    } else {
      inside.add(new Convolved(in, out, 3, stride, source.inside("0")));
      inside.add(new Convolved(out, out, 3, 1, source.inside("1")));
    }
    Convolved shortcut =
        in == out && stride == 1
            ? null
            : new Convolved(in, out, 1, stride, source.inside("shortcut"));
    return new Around(inside, shortcut);
  }

  @Override
  public Set<String> inputs() {
    return INPUTS;
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(INPUTS);
    Tensor pixels = inputs.required("pixel_values");
    if (pixels.rank() != 4 || pixels.size(1) != spec.channels || pixels.elements() == 0) {
      throw new ModelException(
          "input.picture", pixels.shape(), "[batch, " + spec.channels + ", height, width]");
    }
    Tensor x = spec.activation.apply(stem.apply(pixels.to(stem.weight.dtype()), pass));
    Tensor edged = Neural.pad(x, Double.NEGATIVE_INFINITY, 1, 1, 1, 1);
    x = Pooling.max(edged, new long[] {3, 3}, new long[] {2, 2});
    for (Around block : blocks) {
      Tensor y = x;
      for (int i = 0; i < block.inside.size(); i++) {
        y = block.inside.get(i).apply(y, pass);
        // Inside a block it is ReLU whatever the configuration says, as in the reference.
        y = i < block.inside.size() - 1 ? y.relu() : y;
      }
      Tensor past = block.shortcut == null ? x : block.shortcut.apply(x, pass);
      x = spec.activation.apply(y.add(past));
    }
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    if (classifier != null) {
      outputs.put("logits", classifier.apply(x.mean(2, 3)));
    }
    outputs.put("last_hidden", x);
    return outputs;
  }
}
