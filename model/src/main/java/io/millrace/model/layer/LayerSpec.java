package io.millrace.model.layer;

import io.millrace.ground.spec.Choice;
import io.millrace.ground.spec.OneOf;
import io.millrace.tensor.Shape;

/**
 * What is said about a layer before it has weights. Implement it to bring a layer of your own: a
 * record with the settings, {@link #output} for the check at build time, {@link #build} for the
 * weights; {@link #register} makes it known to specs and packages.
 */
@OneOf({
  Dense.class,
  Conv.class,
  ConvTranspose.class,
  DepthwiseConv.class,
  SeparableConv.class,
  Pooled.MaxPooling.class,
  Pooled.AveragePooling.class,
  GlobalPooling.Max.class,
  GlobalPooling.Average.class,
  AdaptivePooling.Max.class,
  AdaptivePooling.Average.class,
  Normalizing.BatchNormalization.class,
  Normalizing.LayerNormalization.class,
  Normalizing.GroupNormalization.class,
  Normalizing.RmsNormalization.class,
  Dropout.class,
  Noise.SpatialDropout.class,
  Noise.GaussianDropout.class,
  Noise.GaussianNoise.class,
  Noise.AlphaDropout.class,
  Flatten.class,
  Rearrange.Reshape.class,
  Rearrange.Permute.class,
  Rearrange.RepeatVector.class,
  Rearrange.ZeroPadding.class,
  Rearrange.Cropping.class,
  Rearrange.UpSampling.class,
  Rescaling.class,
  Embedding.class,
  Recurring.SimpleRnn.class,
  Recurring.Gru.class,
  Recurring.Lstm.class,
  Wrap.Bidirectional.class,
  Wrap.TimeDistributed.class,
  Wrap.Residual.class,
  MultiHeadAttention.class,
  Join.Add.class,
  Join.Subtract.class,
  Join.Multiply.class,
  Join.Average.class,
  Join.Maximum.class,
  Join.Minimum.class,
  Join.Concatenate.class,
  Join.Dot.class,
  Activate.class,
  Slope.LeakyRelu.class,
  Slope.Elu.class,
  Slope.Prelu.class
})
public interface LayerSpec {
  /**
   * The shape of one output row for one input row, without the batch dimension.
   *
   * @throws io.millrace.model.ModelException if the input does not fit
   */
  Shape output(Shape input);

  /** Makes the layer with fresh weights. */
  Layer build(Shape input, Weights weights);

  /** The activation at the layer's end, {@link Activation#LINEAR} for none. */
  default Activation activation() {
    return Activation.LINEAR;
  }

  /** The name in summaries, for example {@code Dense}. */
  default String kind() {
    return getClass().getSimpleName();
  }

  /** Multiplications for one input row, for the choice of threads. */
  default double operations(Shape input) {
    return input.elements();
  }

  /**
   * Makes a layer of one's own known to specs and packages, under its record's name in kebab-case.
   */
  static void register(Class<? extends Record> layer) {
    Choice.register(LayerSpec.class, layer);
  }
}
