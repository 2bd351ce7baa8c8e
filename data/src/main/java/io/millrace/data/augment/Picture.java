package io.millrace.data.augment;

/**
 * One picture inside an array of many: rows of pixels, channels innermost. Places outside are 0.
 * Changes work through a buffer of the caller's, so that a thread needs no new memory a picture.
 */
final class Picture {
  private final float[] all;
  private final int from;
  private final int height;
  private final int width;
  private final int channels;
  private final float[] buffer;

  Picture(float[] all, int from, int height, int width, int channels, float[] buffer) {
    this.all = all;
    this.from = from;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.buffer = buffer;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  private int size() {
    return height * width * channels;
  }

  private void remember() {
    System.arraycopy(all, from, buffer, 0, size());
  }

  void flip(boolean sideways, boolean upside) {
    remember();
    for (int y = 0; y < height; y++) {
      int sourceY = upside ? height - 1 - y : y;
      for (int x = 0; x < width; x++) {
        int source = (sourceY * width + (sideways ? width - 1 - x : x)) * channels;
        int target = from + (y * width + x) * channels;
        for (int c = 0; c < channels; c++) {
          all[target + c] = buffer[source + c];
        }
      }
    }
  }

  void shift(int down, int right) {
    if (down == 0 && right == 0) {
      return;
    }
    remember();
    java.util.Arrays.fill(all, from, from + size(), 0);
    int length = (width - Math.abs(right)) * channels;
    for (int y = Math.max(0, down); y < Math.min(height, height + down) && length > 0; y++) {
      int source = ((y - down) * width + Math.max(0, -right)) * channels;
      int target = from + (y * width + Math.max(0, right)) * channels;
      System.arraycopy(buffer, source, all, target, length);
    }
  }

  /**
   * Samples the picture, by linear interpolation, where the inverse of this transform leads: turn
   * and enlarge about the middle, slant, then move.
   */
  void transform(double angle, double size, double slant, double down, double right) {
    remember();
    double middleX = (width - 1) / 2.0;
    double middleY = (height - 1) / 2.0;
    double cos = Math.cos(angle) / size;
    double sin = Math.sin(angle) / size;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double byY = y - middleY - down;
        double byX = x - middleX - right - slant * byY;
        float sourceX = (float) (cos * byX + sin * byY + middleX);
        float sourceY = (float) (-sin * byX + cos * byY + middleY);
        sample(sourceX, sourceY, from + (y * width + x) * channels);
      }
    }
  }

  private void sample(float x, float y, int target) {
    int left = (int) Math.floor(x);
    int top = (int) Math.floor(y);
    float rightShare = x - left;
    float bottomShare = y - top;
    for (int c = 0; c < channels; c++) {
      float upper = pixel(top, left, c) * (1 - rightShare) + pixel(top, left + 1, c) * rightShare;
      float lower =
          pixel(top + 1, left, c) * (1 - rightShare) + pixel(top + 1, left + 1, c) * rightShare;
      all[target + c] = upper * (1 - bottomShare) + lower * bottomShare;
    }
  }

  private float pixel(int y, int x, int c) {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : buffer[(y * width + x) * channels + c];
  }

  /** Brightness about 0, contrast about the mean, saturation about grey (ITU-R BT.601). */
  void colour(float bright, float strong, float vivid) {
    double sum = 0;
    for (int i = from; i < from + size(); i++) {
      all[i] *= bright;
      sum += all[i];
    }
    float mean = (float) (sum / size());
    for (int i = from; i < from + size(); i++) {
      all[i] = mean + (all[i] - mean) * strong;
    }
    if (channels == 3 && vivid != 1) {
      for (int i = from; i < from + size(); i += 3) {
        float grey = 0.299f * all[i] + 0.587f * all[i + 1] + 0.114f * all[i + 2];
        for (int c = 0; c < 3; c++) {
          all[i + c] = grey + (all[i + c] - grey) * vivid;
        }
      }
    }
  }

  void blank(int top, int left, int bottom, int right) {
    for (int y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      int start = from + (y * width + Math.max(0, left)) * channels;
      int end = from + (y * width + Math.min(width, right)) * channels;
      java.util.Arrays.fill(all, start, end, 0);
    }
  }

  void blend(Picture other, float share) {
    for (int i = 0; i < size(); i++) {
      all[from + i] = share * all[from + i] + (1 - share) * other.all[other.from + i];
    }
  }

  void insert(Picture other, int top, int left, int bottom, int right) {
    for (int y = top; y < bottom; y++) {
      int at = (y * width + left) * channels;
      System.arraycopy(other.all, other.from + at, all, from + at, (right - left) * channels);
    }
  }
}
