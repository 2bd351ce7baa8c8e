package io.millrace.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.tensor.Shape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AugmentTest {
  private static final Shape GREY = Shape.of(4, 3);

  private static float[] picture() {
    float[] values = new float[12];
    for (int i = 0; i < 12; i++) {
      values[i] = i + 1;
    }
    return values;
  }

  private static float[] apply(Augment step, long draw) {
    float[] values = picture();
    new Augmentation(List.of(step), 7).apply(values, GREY, new int[] {0}, null, 0, draw);
    return values;
  }

  @Test
  void picturesTurnOverAndMove() {
    assertThat(apply(new Augment.Flip(1, 0), 0)).startsWith(3, 2, 1, 6, 5, 4);
    assertThat(apply(new Augment.Flip(0, 1), 0)).startsWith(10, 11, 12, 7);
    assertThat(apply(new Augment.Rotate(0), 0)).containsExactly(picture());
    assertThat(apply(new Augment.Crop(0), 0)).containsExactly(picture());
    boolean moved = false;
    for (int draw = 0; draw < 20; draw++) {
      float[] values = apply(new Augment.Crop(1), draw);
      moved |= values[0] != 1;
      assertThat(values[4 + 0]).isIn(0f, 1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f);
    }
    assertThat(moved).isTrue();
  }

  @Test
  void aTurnByHalfACircleIsBothFlips() {
    float[] turned = picture();
    Picture one = new Picture(turned, 0, 4, 3, 1, new float[12]);
    one.transform(Math.PI, 1, 0, 0, 0);
    for (int i = 0; i < 12; i++) {
      assertThat((double) turned[i]).isCloseTo(12 - i, within(1e-4));
    }
  }

  @Test
  void mixingKeepsClassesWholeAndFollowsTheArea() {
    int rows = 6;
    float[] values = new float[rows * 64];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 64;
    }
    float[] shares =
        new Augmentation(List.of(new Augment.Cutmix(1)), 3)
            .apply(
                values,
                Shape.of(8, 8),
                new int[] {0, 1, 2, 3, 4, 5},
                new long[] {0, 1, 2, 3, 4, 5},
                6,
                1);
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      int own = 0;
      for (int c = 0; c < 6; c++) {
        sum += shares[row * 6 + c];
      }
      for (int i = 0; i < 64; i++) {
        own += values[row * 64 + i] == row ? 1 : 0;
      }
      assertThat(sum).isCloseTo(1, within(1e-6));
      assertThat((double) shares[row * 6 + row]).isCloseTo(own / 64.0, within(1e-6));
    }
  }

  @Test
  void theBetaDistributionHasItsMeanAndVariance() {
    Random random = new Random(1);
    for (double alpha : new double[] {0.2, 1, 4}) {
      double sum = 0;
      double squares = 0;
      int count = 40_000;
      for (int i = 0; i < count; i++) {
        double draw = Draws.beta(alpha, random);
        sum += draw;
        squares += (draw - 0.5) * (draw - 0.5);
      }
      assertThat(sum / count).isCloseTo(0.5, within(0.01));
      // 1 / (4·(2·alpha + 1))
      assertThat(squares / count).isCloseTo(1 / (4 * (2 * alpha + 1)), within(0.005));
    }
  }

  @Test
  void impossibleSettingsSayWhy() {
    assertThatThrownBy(() -> new Augment.Flip(2, 0)).hasMessageContaining("2.0");
    assertThatThrownBy(() -> new Augment.Cutout(0, 1)).hasMessageContaining("cutout");
    assertThatThrownBy(
            () ->
                new Augmentation(List.of(new Augment.Crop(1)), 1)
                    .apply(new float[5], Shape.of(5), new int[1], null, 0, 0))
        .hasMessageContaining("pictures");
    assertThatThrownBy(
            () ->
                new Augmentation(List.of(new Augment.Mixup(1)), 1)
                    .apply(new float[4], Shape.of(2, 2), new int[1], null, 0, 0))
        .hasMessageContaining("classes");
  }
}
