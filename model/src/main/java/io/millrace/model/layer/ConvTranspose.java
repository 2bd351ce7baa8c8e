package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Convolution;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;

/**
 * The transpose of a convolution, which enlarges: [place…, channels] → [place·stride…, filters].
 * {@code weight} [channels, filters, kernel…], as in PyTorch; output sizes are Keras's.
 *
 * @param rank the number of places
 * @param filters output channels
 * @param kernel the window's size
 * @param strides how far the window moves in the output
 * @param padding {@code same}: the input's size times the stride
 * @param dilation distance between a window's points
 * @param bias whether there is one
 * @param activation applied at the end
 * @param initializer of the weight
 */
@Numbered(value = "conv#d-transpose", to = 3)
public record ConvTranspose(
    int rank,
    int filters,
    List<Integer> kernel,
    @Default("1") List<Integer> strides,
    @Default("valid") Padding padding,
    @Default("1") List<Integer> dilation,
    @Default("true") boolean bias,
    @Default("linear") Activation activation,
    @Default("glorot-uniform") Initializer initializer)
    implements LayerSpec {
  /** Checks the numbers. */
  public ConvTranspose {
    String name = "Conv" + rank + "DTranspose";
    Convolving window = new Convolving(name, rank, kernel, strides, dilation, padding);
    kernel = window.kernel();
    strides = window.strides();
    dilation = window.dilation();
    if (filters < 1) {
      throw new ModelException("conv.filters", name, filters, 1);
    }
    if (padding == Padding.CAUSAL) {
      throw new ModelException("layer.causal", name);
    }
  }

  private Convolving window() {
    return new Convolving(kind(), rank, kernel, strides, dilation, padding);
  }

  private long outputs(long inputs, int place) {
    long stride = strides.get(place);
    return inputs * stride
        + (padding == Padding.VALID ? Math.max(window().reach()[place] - stride, 0) : 0);
  }

  @Override
  public Shape output(Shape input) {
    Places.check(kind(), input, rank);
    long[] places = new long[rank];
    for (int i = 0; i < rank; i++) {
      places[i] = outputs(input.size(i), i);
    }
    return Places.shape(places, filters);
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    Convolving window = window();
    long channels = input.size(-1);
    long points = window.window();
    Tensor weight =
        weights.fresh(
            "weight",
            initializer,
            filters * points,
            channels * points,
            window.sizes(channels, filters));
    Tensor added = bias ? weights.zeros("bias", filters) : null;
    return (x, pass) -> {
      long[] reach = window.reach();
      long[] stride = Places.longs(strides);
      long[] more = new long[rank];
      for (int i = 0; i < rank; i++) {
        more[i] = Math.max(0, stride[i] - reach[i]);
      }
      Tensor first = Places.channelsFirst(x);
      Tensor all =
          Convolution.spread(
              first, weight, added, stride, new long[rank], Places.longs(dilation), more, 1);
      for (int i = 0; i < rank; i++) {
        long wanted = outputs(first.size(2 + i), i);
        long surplus = all.size(2 + i) - wanted;
        // As many cut off before as the forward convolution's padding adds before.
        all = surplus == 0 ? all : all.narrow(2 + i, surplus / 2, wanted);
      }
      return Places.channelsLast(all);
    };
  }

  @Override
  public double operations(Shape input) {
    return (double) input.elements() * filters * window().window();
  }

  @Override
  public String kind() {
    return "Conv" + rank + "DTranspose";
  }
}
