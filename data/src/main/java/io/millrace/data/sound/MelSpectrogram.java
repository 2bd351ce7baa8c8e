package io.millrace.data.sound;

import io.millrace.data.DataException;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;

/**
 * The logarithm of a sound's energy in mel bands over time, as Whisper was trained with (Radford et
 * al. 2022): 16,000 samples a second, windows of 25 ms every 10 ms, Slaney's bands up to 8 kHz.
 */
public final class MelSpectrogram {
  /** Samples a second. */
  public static final int RATE = 16_000;

  private static final int WINDOW = 400;
  private static final int HOP = 160;
  private static final int BINS = WINDOW / 2 + 1;
  private static final double HIGHEST = 8000;

  private final int bands;
  private final int frames;
  private final float[] filters;
  private final float[] waves;

  /**
   * Prepares the filters.
   *
   * @param bands how many
   * @param frames how many windows a spectrogram has; shorter sounds are filled up with silence
   */
  public MelSpectrogram(int bands, int frames) {
    this.bands = bands;
    this.frames = frames;
    this.filters = filters(bands);
    this.waves = waves();
  }

  /** The seconds of sound in a spectrogram. */
  public double seconds() {
    return (double) frames * HOP / RATE;
  }

  /**
   * The spectrogram.
   *
   * @param samples −1 to 1, at {@link #RATE}
   * @return [1, bands, frames], float32
   * @throws DataException if there are no samples or more than fit
   */
  public Tensor of(float[] samples) {
    int room = frames * HOP;
    if (samples.length == 0 || samples.length > room) {
      throw new DataException("sound.length", (double) samples.length / RATE, (double) room / RATE);
    }
    float[] windows = new float[frames * WINDOW];
    for (int frame = 0; frame < frames; frame++) {
      for (int i = 0; i < WINDOW; i++) {
        windows[frame * WINDOW + i] = mirrored(samples, room, frame * HOP + i - WINDOW / 2);
      }
    }
    Tensor spectrum =
        Tensors.of(windows, frames, WINDOW).matmul(Tensors.of(waves, WINDOW, 2 * BINS));
    Tensor power = spectrum.square();
    Tensor energy = power.narrow(1, 0, BINS).add(power.narrow(1, BINS, BINS));
    Tensor mel = Tensors.of(filters, bands, BINS).matmul(energy.transpose(0, 1));
    Tensor log = mel.maximum(Tensors.scalar(1e-10)).log().div(Math.log(10));
    double loudest = log.amax(0, 1).item();
    return log.maximum(Tensors.scalar(loudest - 8)).add(4).div(4).unsqueeze(0);
  }

  /** Behind the ends the sound runs backwards. */
  private static float mirrored(float[] samples, int room, int at) {
    int place = at < 0 ? -at : at >= room ? 2 * (room - 1) - at : at;
    return place < samples.length ? samples[place] : 0;
  }

  /** Cosines and sines of all frequencies under a Hann window: [window, 2·bins]. */
  private static float[] waves() {
    float[] waves = new float[WINDOW * 2 * BINS];
    for (int i = 0; i < WINDOW; i++) {
      double window = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / WINDOW);
      for (int bin = 0; bin < BINS; bin++) {
        double angle = 2 * Math.PI * ((long) i * bin % WINDOW) / WINDOW;
        waves[i * 2 * BINS + bin] = (float) (window * Math.cos(angle));
        waves[i * 2 * BINS + BINS + bin] = (float) (window * Math.sin(angle));
      }
    }
    return waves;
  }

  /** Triangles over the frequencies, of equal area: [bands, bins]. */
  private static float[] filters(int bands) {
    double[] edges = new double[bands + 2];
    double most = mel(HIGHEST);
    for (int i = 0; i < edges.length; i++) {
      edges[i] = hertz(most * i / (bands + 1));
    }
    float[] filters = new float[bands * BINS];
    for (int band = 0; band < bands; band++) {
      double area = 2 / (edges[band + 2] - edges[band]);
      for (int bin = 0; bin < BINS; bin++) {
        double frequency = (double) bin * RATE / WINDOW;
        double up = (frequency - edges[band]) / (edges[band + 1] - edges[band]);
        double down = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1]);
        filters[band * BINS + bin] = (float) (Math.max(0, Math.min(up, down)) * area);
      }
    }
    return filters;
  }

  /** Slaney's scale: even steps up to 1 kHz, then even ratios. */
  private static double mel(double hertz) {
    return hertz < 1000 ? hertz * 3 / 200 : 15 + Math.log(hertz / 1000) * 27 / Math.log(6.4);
  }

  private static double hertz(double mel) {
    return mel < 15 ? mel * 200 / 3 : 1000 * Math.exp(Math.log(6.4) / 27 * (mel - 15));
  }
}
