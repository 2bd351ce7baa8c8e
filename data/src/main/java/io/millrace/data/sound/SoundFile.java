package io.millrace.data.sound;

import io.millrace.data.DataException;
import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A WAV file (RIFF; whole numbers of 8 to 32 bits or float32, any rate, any number of channels),
 * read piece by piece, so that hours need no more memory than seconds.
 */
public final class SoundFile implements AutoCloseable {
  private static final int WHOLE = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;

  /** Zero crossings of the filter on either side when the rate changes. */
  private static final int CROSSINGS = 16;

  private final Path path;
  private final FileChannel channel;
  private int format;
  private int channels;
  private int rate;
  private int bits;
  private long begin;
  private long length;

  private SoundFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws DataException if it is no WAV file, of a kind that is not read, or has no sound
   */
  public static SoundFile open(Path path) {
    SoundFile file;
    try {
      file = new SoundFile(path, FileChannel.open(path, StandardOpenOption.READ));
    } catch (IOException e) {
      throw FileException.reading(path, e);
    }
    try {
      file.header();
      return file;
    } catch (IOException e) {
      file.close();
      throw FileException.reading(path, e);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void header() throws IOException {
    ByteBuffer riff = read(0, 12);
    if (riff.remaining() < 12 || !name(riff, 0).equals("RIFF") || !name(riff, 8).equals("WAVE")) {
      throw new DataException("sound.kind", path);
    }
    long at = 12;
    while (at + 8 <= channel.size()) {
      ByteBuffer head = read(at, 8);
      String name = name(head, 0);
      long size = Integer.toUnsignedLong(head.getInt(4));
      if (name.equals("fmt ")) {
        ByteBuffer about = read(at + 8, 40);
        if (size < 16 || about.remaining() < 16) {
          throw new DataException("sound.kind", path);
        }
        format = Short.toUnsignedInt(about.getShort(0));
        channels = Short.toUnsignedInt(about.getShort(2));
        rate = about.getInt(4);
        bits = Short.toUnsignedInt(about.getShort(14));
        if (format == EXTENSIBLE && size >= 26 && about.remaining() >= 26) {
          format = Short.toUnsignedInt(about.getShort(24));
        }
      } else if (name.equals("data")) {
        begin = at + 8;
        length = Math.min(size, channel.size() - begin);
        break;
      }
      at += 8 + size + (size & 1);
    }
    boolean whole = format == WHOLE && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
    boolean known = whole || (format == FLOAT && bits == 32);
    if (!known || channels < 1 || channels > 64 || rate < 1000 || rate > 768_000) {
      throw new DataException("sound.format", path, format, bits, channels, rate);
    }
    if (frames() == 0) {
      throw new DataException("sound.empty", path);
    }
  }

  private ByteBuffer read(long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) > 0) {}
    return bytes.flip();
  }

  private static String name(ByteBuffer bytes, int at) {
    byte[] name = new byte[4];
    bytes.get(at, name);
    return new String(name, StandardCharsets.US_ASCII);
  }

  private long frames() {
    return length / (channels * (bits / 8L));
  }

  /** How long it lasts, in seconds. */
  public double seconds() {
    return (double) frames() / rate;
  }

  /**
   * A piece in one channel, the mean of all.
   *
   * @param from where it begins, in seconds
   * @param seconds how long it is at most; the file's end may come before
   * @param wanted samples a second; another rate than the file's is filtered and resampled
   * @return samples, −1 to 1
   */
  public float[] piece(double from, double seconds, int wanted) {
    try {
      long first = Math.round(from * rate);
      double step = (double) rate / wanted;
      double cut = Math.min(1, 1 / step);
      int margin = wanted == rate ? 0 : (int) Math.ceil(CROSSINGS / cut) + 1;
      long last = Math.min(frames(), first + Math.round(seconds * rate));
      if (first < 0 || first >= last) {
        return new float[0];
      }
      long low = Math.max(0, first - margin);
      float[] samples = mono(low, Math.min(frames(), last + margin));
      if (wanted == rate) {
        return samples;
      }
      float[] out = new float[(int) Math.floor((last - first) / step)];
      for (int i = 0; i < out.length; i++) {
        out[i] = filtered(samples, first - low + i * step, cut, margin);
      }
      return out;
    } catch (IOException e) {
      throw FileException.reading(path, e);
    }
  }

  /** The band-limited value between samples: a sinc under a Hann window. */
  private static float filtered(float[] samples, double at, double cut, int margin) {
    double sum = 0;
    int from = Math.max(0, (int) Math.ceil(at - margin));
    int to = Math.min(samples.length - 1, (int) Math.floor(at + margin));
    for (int i = from; i <= to; i++) {
      double x = i - at;
      double angle = Math.PI * x * cut;
      double sinc = Math.abs(angle) < 1e-9 ? 1 : Math.sin(angle) / angle;
      double window = 0.5 + 0.5 * Math.cos(Math.PI * x / (margin + 1));
      sum += samples[i] * sinc * window * cut;
    }
    return (float) sum;
  }

  private float[] mono(long from, long to) throws IOException {
    int width = bits / 8;
    int frame = channels * width;
    float[] samples = new float[Math.toIntExact(to - from)];
    ByteBuffer bytes = read(begin + from * frame, Math.multiplyExact(samples.length, frame));
    for (int i = 0; i < samples.length && (i + 1) * frame <= bytes.limit(); i++) {
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += sample(bytes, i * frame + c * width);
      }
      samples[i] = (float) (sum / channels);
    }
    return samples;
  }

  private double sample(ByteBuffer bytes, int at) {
    if (format == FLOAT) {
      float value = bytes.getFloat(at);
      return Float.isFinite(value) ? value : 0;
    }
    return switch (bits) {
      case 8 -> (Byte.toUnsignedInt(bytes.get(at)) - 128) / 128.0;
      case 16 -> bytes.getShort(at) / 32768.0;
      case 24 ->
          ((bytes.get(at) & 0xFF) | (bytes.get(at + 1) & 0xFF) << 8 | bytes.get(at + 2) << 16)
              / 8388608.0;
      default -> bytes.getInt(at) / 2147483648.0;
    };
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileException.reading(path, e);
    }
  }
}
