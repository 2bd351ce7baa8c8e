package io.millrace.evaluate.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Grey pictures and attributions as PNG data that live inside a page. */
final class Picture {
  private Picture() {}

  /** Ink on paper: 0 is white, 1 black. */
  static String grey(float[] values, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < height * width; i++) {
      int level = 255 - Math.clamp(Math.round(values[i] * 255), 0, 255);
      image.setRGB(i % width, i / width, level << 16 | level << 8 | level);
    }
    return data(image);
  }

  /** Water where a pixel spoke for the class, wheel where against, white at zero. */
  static String attributions(float[] values, int height, int width) {
    float largest = 1e-12f;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < height * width; i++) {
      float strength = values[i] / largest;
      int colour = strength >= 0 ? 0x0b7285 : 0xb35c00;
      image.setRGB(i % width, i / width, blend(colour, Math.abs(strength)));
    }
    return data(image);
  }

  private static int blend(int colour, float strength) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      int part = colour >> shift & 0xff;
      mixed |= Math.round(255 + (part - 255) * strength) << shift;
    }
    return mixed;
  }

  private static String data(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
  }
}
