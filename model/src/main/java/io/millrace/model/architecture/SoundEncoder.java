package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Source;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Convolution;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import java.util.Set;

/** The half of Whisper that hears: two convolutions over a mel spectrogram, then blocks. */
public final class SoundEncoder implements EncoderDecoderModel.Encoder {
  private static final long KERNEL = 3;

  private final Tensor first;
  private final Tensor firstBias;
  private final Tensor second;
  private final Tensor secondBias;
  private final Tensor positions;
  private final Stack stack;
  private final long bands;
  private final long length;

  /**
   * Takes {@code first}, {@code second} and {@code positions}.
   *
   * @param bands of the spectrogram
   * @param length of the states, half that of the spectrogram
   */
  public SoundEncoder(long bands, long length, long hidden, Stack stack, Source source) {
    this.bands = bands;
    this.length = length;
    first = source.take("first.weight", hidden, bands, KERNEL);
    firstBias = source.take("first.bias", hidden);
    second = source.take("second.weight", hidden, hidden, KERNEL);
    secondBias = source.take("second.bias", hidden);
    positions = source.take("positions.weight", length, hidden);
    this.stack = stack;
  }

  @Override
  public Set<String> inputs() {
    return Set.of("input_features");
  }

  @Override
  public Stack.Memory encode(Inputs inputs, Layer.Pass pass) {
    Tensor mel = inputs.required("input_features");
    if (mel.rank() != 3 || mel.size(1) != bands || mel.size(2) != 2 * length) {
      throw new ModelException(
          "input.sound", mel.shape(), "[batch, " + bands + ", " + 2 * length + "]");
    }
    Tensor x = convolve(mel.to(first.dtype()), first, firstBias, 1);
    x = convolve(x, second, secondBias, 2).transpose(1, 2).add(positions);
    return new Stack.Memory(
        stack.forward(x, Stack.Places.from(0, x.size(1)), null, null, pass), null);
  }

  private static Tensor convolve(Tensor x, Tensor weight, Tensor bias, long stride) {
    return Neural.gelu(
        Convolution.convolve(
            x, weight, bias, new long[] {stride}, new long[] {1}, new long[] {1}, 1));
  }
}
