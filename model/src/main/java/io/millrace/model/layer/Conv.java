package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Numbered;
import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.List;

/**
 * Convolution over one to three places, [place…, channels] → [place…, filters]. Weights as in
 * PyTorch: {@code weight} [filters, channels / groups, kernel…], {@code bias} [filters].
 *
 * @param rank the number of places: 1 for series, 2 for pictures, 3 for volumes
 * @param filters output channels
 * @param kernel the window's size; one number for all places, or one each
 * @param strides how far the window moves
 * @param padding what happens at the edges
 * @param dilation distance between a window's points
 * @param groups independent parts into which channels and filters fall
 * @param bias whether there is one
 * @param activation applied at the end
 * @param initializer of the weight
 */
@Numbered(value = "conv#d", to = 3)
public record Conv(
    int rank,
    int filters,
    List<Integer> kernel,
    @Default("1") List<Integer> strides,
    @Default("valid") Padding padding,
    @Default("1") List<Integer> dilation,
    @Default("1") int groups,
    @Default("true") boolean bias,
    @Default("linear") Activation activation,
    @Default("glorot-uniform") Initializer initializer)
    implements LayerSpec {
  /** Checks the numbers. */
  public Conv {
    Convolving window = new Convolving(name(rank), rank, kernel, strides, dilation, padding);
    window.requireNoCausalPictures();
    kernel = window.kernel();
    strides = window.strides();
    dilation = window.dilation();
    if (filters < 1 || groups < 1 || filters % groups != 0) {
      throw new ModelException("conv.filters", name(rank), filters, groups);
    }
  }

  /** A plain convolution. */
  public static Conv of(int rank, int filters, int kernel) {
    return new Conv(
        rank,
        filters,
        List.of(kernel),
        List.of(1),
        Padding.VALID,
        List.of(1),
        1,
        true,
        Activation.LINEAR,
        Initializer.GLOROT_UNIFORM);
  }

  private static String name(int rank) {
    return "Conv" + rank + "D";
  }

  private Convolving window() {
    return new Convolving(kind(), rank, kernel, strides, dilation, padding);
  }

  @Override
  public Shape output(Shape input) {
    Shape output = Places.shape(window().places(input), filters);
    if (input.size(-1) % groups != 0) {
      throw new ModelException("conv.groups", kind(), groups, input.size(-1));
    }
    return output;
  }

  @Override
  public Layer build(Shape input, Weights weights) {
    Convolving window = window();
    long channels = input.size(-1) / groups;
    long points = window.window();
    Tensor weight =
        weights.fresh(
            "weight",
            initializer,
            channels * points,
            filters * points,
            window.sizes(filters, channels));
    Tensor added = bias ? weights.zeros("bias", filters) : null;
    return (x, pass) ->
        Places.channelsLast(window.run(Places.channelsFirst(x), weight, added, groups));
  }

  @Override
  public double operations(Shape input) {
    return Convolving.product(window().places(input))
        * filters
        * window().window()
        * input.size(-1)
        / groups;
  }

  @Override
  public String kind() {
    return name(rank);
  }

  /** This layer with this padding. */
  public Conv padding(Padding chosen) {
    return new Conv(
        rank, filters, kernel, strides, chosen, dilation, groups, bias, activation, initializer);
  }

  /** This layer with these strides, one number for all places or one each. */
  public Conv strides(Integer... chosen) {
    return new Conv(
        rank,
        filters,
        kernel,
        List.of(chosen),
        padding,
        dilation,
        groups,
        bias,
        activation,
        initializer);
  }

  /** This layer with an activation. */
  public Conv with(Activation chosen) {
    return new Conv(
        rank, filters, kernel, strides, padding, dilation, groups, bias, chosen, initializer);
  }

  /** This layer with a rectifier. */
  public Conv relu() {
    return with(Activation.RELU);
  }
}
