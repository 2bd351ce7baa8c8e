package io.millrace.data.source;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.ground.file.FileException;
import io.millrace.tensor.Shape;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/** A folder with one subfolder of PNG or JPEG pictures a class. */
public final class PictureFolder {
  private static final long LARGEST_PIXELS = 100_000_000;

  private PictureFolder() {}

  /** Grey pictures become [height, width], colour ones [3, height, width]. */
  public enum Channels {
    GREY,
    COLOUR
  }

  /**
   * Reads all pictures, scaled to one size; pixels are 0 to 255.
   *
   * @throws DataException if a picture is broken or not PNG or JPEG, or a class is empty
   */
  public static Dataset read(Path folder, int height, int width, Channels channels) {
    if (height < 1 || width < 1 || height > 8192 || width > 8192) {
      throw new DataException("picture.size", height, width);
    }
    List<Path> classFolders = list(folder).stream().filter(Files::isDirectory).toList();
    if (classFolders.size() < 2) {
      throw new DataException("picture.classes", folder, classFolders.size());
    }
    Shape shape = channels == Channels.GREY ? Shape.of(height, width) : Shape.of(3, height, width);
    int size = (int) shape.elements();
    List<Integer> labels = new ArrayList<>();
    List<byte[]> pictures = new ArrayList<>();
    for (int label = 0; label < classFolders.size(); label++) {
      List<Path> files =
          list(classFolders.get(label)).stream().filter(Files::isRegularFile).toList();
      if (files.isEmpty()) {
        throw new DataException("picture.empty", classFolders.get(label));
      }
      for (Path file : files) {
        pictures.add(pixels(file, height, width, channels));
        labels.add(label);
      }
    }
    byte[] all = new byte[Math.multiplyExact(size, pictures.size())];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i), 0, all, i * size, size);
    }
    List<String> names = classFolders.stream().map(path -> path.getFileName().toString()).toList();
    return new Dataset(
        folder.getFileName().toString(),
        Rows.ofBytes(all, shape),
        new Targets.Classes(labels.stream().mapToInt(Integer::intValue).toArray(), names));
  }

  /** Reads one picture, scaled; 0 to 255, channel by channel, row by row. */
  public static byte[] pixels(Path file, int height, int width, Channels channels) {
    BufferedImage picture = decode(file);
    int type =
        channels == Channels.GREY ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    BufferedImage scaled = new BufferedImage(width, height, type);
    Graphics2D graphics = scaled.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    int planes = channels == Channels.GREY ? 1 : 3;
    byte[] values = new byte[planes * height * width];
    int[] samples = new int[planes * width];
    for (int y = 0; y < height; y++) {
      scaled.getRaster().getPixels(0, y, width, 1, samples);
      for (int x = 0; x < width; x++) {
        for (int plane = 0; plane < planes; plane++) {
          values[(plane * height + y) * width + x] = (byte) samples[x * planes + plane];
        }
      }
    }
    return values;
  }

  private static BufferedImage decode(Path file) {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      if (in == null) {
        throw FileException.reading(file, new java.nio.file.NoSuchFileException(file.toString()));
      }
      ImageReader reader = readerOf(file, in);
      try {
        reader.setInput(in);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > LARGEST_PIXELS) {
          throw new DataException("picture.large", file, pixels);
        }
        return reader.read(0);
      } finally {
        reader.dispose();
      }
    } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new DataException("picture.broken", file, String.valueOf(e.getMessage()), e);
    }
  }

  private static ImageReader readerOf(Path file, ImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    @Nullable ImageReader reader = readers.hasNext() ? readers.next() : null;
    String format = reader == null ? "" : reader.getFormatName().toLowerCase(Locale.ROOT);
    if (reader == null || !(format.equals("png") || format.equals("jpeg"))) {
      throw new DataException("picture.format", file);
    }
    return reader;
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileException.reading(folder, e);
    }
  }
}
