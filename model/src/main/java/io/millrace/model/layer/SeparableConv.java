package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;

/**
 * A {@link DepthwiseConv} followed by a mixing of channels (Chollet 2017). Weights {@code
 * depthwise} [channels·multiplier, 1, kernel…], {@code pointwise} [filters, channels·multiplier,
 * 1…] and {@code bias} [filters].
 *
 * @param rank the number of places
 * @param filters output channels
 * @param kernel the window's size
 * @param strides how far the window moves
 * @param padding what happens at the edges
 * @param dilation distance between a window's points
 * @param multiplier depthwise filters a channel
 * @param bias whether there is one
 * @param activation applied at the end
 */
@Numbered(value = "separable-conv#d", to = 3)
public record SeparableConv(
    int rank,
    int filters,
    List<Integer> kernel,
    @Default("1") List<Integer> strides,
    @Default("valid") Padding padding,
    @Default("1") List<Integer> dilation,
    @Default("1") int multiplier,
    @Default("true") boolean bias,
    @Default("linear") Activation activation)
    implements LayerSpec {
  /** Checks the numbers. */
  public SeparableConv {
    String name = "SeparableConv" + rank + "D";
    Convolving window = new Convolving(name, rank, kernel, strides, dilation, padding);
    window.requireNoCausalPictures();
    kernel = window.kernel();
    strides = window.strides();
    dilation = window.dilation();
    if (filters < 1 || multiplier < 1) {
      throw new ModelException("conv.filters", name, Math.min(filters, multiplier), 1);
    }
  }

  private Convolving window() {
    return new Convolving(kind(), rank, kernel, strides, dilation, padding);
  }

  private Convolving mixing() {
    List<Integer> one = List.of(1);
    return new Convolving(kind(), rank, one, one, one, Padding.VALID);
  }

  @Override
  public Shape output(Shape input) {
    return Places.shape(window().places(input), filters);
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    Convolving window = window();
    Convolving mixing = mixing();
    long channels = input.size(-1);
    long inner = channels * multiplier;
    long points = window.window();
    Tensor depthwise =
        weights.glorot("depthwise", channels * points, multiplier * points, window.sizes(inner, 1));
    Tensor pointwise = weights.glorot("pointwise", inner, filters, mixing.sizes(filters, inner));
    Tensor added = bias ? weights.zeros("bias", filters) : null;
    return (x, pass) -> {
      Tensor apart = window.run(Places.channelsFirst(x), depthwise, null, channels);
      return Places.channelsLast(mixing.run(apart, pointwise, added, 1));
    };
  }

  @Override
  public double operations(Shape input) {
    double places = Convolving.product(window().places(input));
    double inner = (double) input.size(-1) * multiplier;
    return places * inner * (window().window() + filters);
  }

  @Override
  public String kind() {
    return "SeparableConv" + rank + "D";
  }
}
