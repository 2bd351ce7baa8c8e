package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;

/**
 * A convolution of each channel by itself: [place…, channels] → [place…, channels·multiplier].
 * {@code weight} [channels·multiplier, 1, kernel…].
 *
 * @param rank the number of places
 * @param kernel the window's size
 * @param strides how far the window moves
 * @param padding what happens at the edges
 * @param dilation distance between a window's points
 * @param multiplier filters a channel
 * @param bias whether there is one
 * @param activation applied at the end
 */
@Numbered(value = "depthwise-conv#d", to = 3)
public record DepthwiseConv(
    int rank,
    List<Integer> kernel,
    @Default("1") List<Integer> strides,
    @Default("valid") Padding padding,
    @Default("1") List<Integer> dilation,
    @Default("1") int multiplier,
    @Default("true") boolean bias,
    @Default("linear") Activation activation)
    implements LayerSpec {
  /** Checks the numbers. */
  public DepthwiseConv {
    String name = "DepthwiseConv" + rank + "D";
    Convolving window = new Convolving(name, rank, kernel, strides, dilation, padding);
    window.requireNoCausalPictures();
    kernel = window.kernel();
    strides = window.strides();
    dilation = window.dilation();
    if (multiplier < 1) {
      throw new ModelException("conv.filters", name, multiplier, 1);
    }
  }

  private Convolving window() {
    return new Convolving(kind(), rank, kernel, strides, dilation, padding);
  }

  @Override
  public Shape output(Shape input) {
    return Places.shape(window().places(input), input.size(-1) * multiplier);
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    Convolving window = window();
    long channels = input.size(-1);
    long points = window.window();
    Tensor weight =
        weights.glorot(
            "weight",
            channels * points,
            multiplier * points,
            window.sizes(channels * multiplier, 1));
    Tensor added = bias ? weights.zeros("bias", channels * multiplier) : null;
    return (x, pass) ->
        Places.channelsLast(window.run(Places.channelsFirst(x), weight, added, channels));
  }

  @Override
  public double operations(Shape input) {
    return (double) output(input).elements() * window().window();
  }

  @Override
  public String kind() {
    return "DepthwiseConv" + rank + "D";
  }
}
