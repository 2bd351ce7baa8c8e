package io.millrace.data.augment;

import io.millrace.data.DataException;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.OneOf;
import java.util.random.RandomGenerator;

/** One kind of random change of a picture. */
@OneOf({
  Augment.Flip.class,
  Augment.Crop.class,
  Augment.Rotate.class,
  Augment.Affine.class,
  Augment.Colour.class,
  Augment.Cutout.class,
  Augment.Mixup.class,
  Augment.Cutmix.class
})
public sealed interface Augment {
  /** A change of one picture by itself. */
  sealed interface One extends Augment {
    /** Changes the picture. */
    void apply(Picture picture, RandomGenerator random);
  }

  /** A change that mixes two pictures and their classes. */
  sealed interface Two extends Augment {
    /**
     * Mixes a second picture into the first.
     *
     * @return the share of the first that is left, from 0 to 1
     */
    double mix(Picture first, Picture second, RandomGenerator random);
  }

  /**
   * Turns the picture over.
   *
   * @param horizontal how probable left and right change places
   * @param vertical how probable top and bottom do
   */
  record Flip(@Default("0.5") double horizontal, @Default("0") double vertical) implements One {
    /** Checks the probabilities. */
    public Flip {
      share("flip", horizontal);
      share("flip", vertical);
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      boolean sideways = random.nextDouble() < horizontal;
      boolean upside = random.nextDouble() < vertical;
      if (sideways || upside) {
        picture.flip(sideways, upside);
      }
    }
  }

  /**
   * Moves the picture by up to so many pixels each way, as a random crop of the padded picture
   * does.
   *
   * @param padding pixels
   */
  record Crop(@Default("4") int padding) implements One {
    /** Checks the number. */
    public Crop {
      if (padding < 0 || padding > 4096) {
        throw new DataException("augment.range", "crop", padding, "0 … 4096");
      }
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      int down = random.nextInt(2 * padding + 1) - padding;
      int right = random.nextInt(2 * padding + 1) - padding;
      picture.shift(down, right);
    }
  }

  /**
   * Turns the picture about its middle.
   *
   * @param degrees the largest angle either way
   */
  record Rotate(@Default("15") double degrees) implements One {
    /** Checks the angle. */
    public Rotate {
      if (!(degrees >= 0 && degrees <= 180)) {
        throw new DataException("augment.range", "rotate", degrees, "0 … 180");
      }
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      double angle = Math.toRadians(degrees) * (2 * random.nextDouble() - 1);
      picture.transform(angle, 1, 0, 0, 0);
    }
  }

  /**
   * Turns, enlarges, slants and moves the picture.
   *
   * @param degrees the largest angle either way
   * @param scale the largest change of size, 0.1 for 90 to 110 %
   * @param shear the largest slant in degrees either way
   * @param shift the largest move, as a share of height and width
   */
  record Affine(
      @Default("10") double degrees,
      @Default("0.1") double scale,
      @Default("0") double shear,
      @Default("0.1") double shift)
      implements One {
    /** Checks the ranges. */
    public Affine {
      if (!(degrees >= 0 && degrees <= 180 && scale >= 0 && scale < 1)
          || !(shear >= 0 && shear < 90 && shift >= 0 && shift <= 1)) {
        throw new DataException(
            "augment.range",
            "affine",
            degrees + ", " + scale + ", " + shear + ", " + shift,
            "degrees ≤ 180, scale < 1, shear < 90, shift ≤ 1");
      }
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      double angle = Math.toRadians(degrees) * (2 * random.nextDouble() - 1);
      double size = 1 + scale * (2 * random.nextDouble() - 1);
      double slant = Math.tan(Math.toRadians(shear) * (2 * random.nextDouble() - 1));
      double down = shift * picture.height() * (2 * random.nextDouble() - 1);
      double right = shift * picture.width() * (2 * random.nextDouble() - 1);
      picture.transform(angle, size, slant, down, right);
    }
  }

  /**
   * Changes brightness, contrast and saturation.
   *
   * @param brightness the largest change, 0.2 for a factor from 0.8 to 1.2
   * @param contrast likewise, about the picture's mean
   * @param saturation likewise, about each pixel's grey; three channels only
   */
  record Colour(
      @Default("0.2") double brightness,
      @Default("0.2") double contrast,
      @Default("0") double saturation)
      implements One {
    /** Checks the ranges. */
    public Colour {
      share("colour", brightness);
      share("colour", contrast);
      share("colour", saturation);
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      double bright = 1 + brightness * (2 * random.nextDouble() - 1);
      double strong = 1 + contrast * (2 * random.nextDouble() - 1);
      double vivid = 1 + saturation * (2 * random.nextDouble() - 1);
      picture.colour((float) bright, (float) strong, (float) vivid);
    }
  }

  /**
   * Blanks a square (DeVries & Taylor 2017).
   *
   * @param size the square's side in pixels
   * @param probability how probable
   */
  record Cutout(@Default("8") int size, @Default("1") double probability) implements One {
    /** Checks the ranges. */
    public Cutout {
      share("cutout", probability);
      if (size < 1) {
        throw new DataException("augment.range", "cutout", size, "1 …");
      }
    }

    @Override
    public void apply(Picture picture, RandomGenerator random) {
      int top = random.nextInt(picture.height()) - size / 2;
      int left = random.nextInt(picture.width()) - size / 2;
      if (random.nextDouble() < probability) {
        picture.blank(top, left, top + size, left + size);
      }
    }
  }

  /**
   * Blends two pictures and their classes (Zhang et al. 2018).
   *
   * @param alpha both parameters of the beta distribution of the first one's share
   */
  record Mixup(@Default("0.2") double alpha) implements Two {
    /** Checks the parameter. */
    public Mixup {
      positive("mixup", alpha);
    }

    @Override
    public double mix(Picture first, Picture second, RandomGenerator random) {
      double share = Draws.beta(alpha, random);
      first.blend(second, (float) share);
      return share;
    }
  }

  /**
   * Puts a rectangle of one picture into another, and mixes the classes by its area (Yun et al.
   * 2019).
   *
   * @param alpha both parameters of the beta distribution of the first one's share
   */
  record Cutmix(@Default("1") double alpha) implements Two {
    /** Checks the parameter. */
    public Cutmix {
      positive("cutmix", alpha);
    }

    @Override
    public double mix(Picture first, Picture second, RandomGenerator random) {
      double side = Math.sqrt(1 - Draws.beta(alpha, random));
      int height = (int) Math.round(side * first.height());
      int width = (int) Math.round(side * first.width());
      int top = random.nextInt(first.height() - height + 1);
      int left = random.nextInt(first.width() - width + 1);
      first.insert(second, top, left, top + height, left + width);
      return 1 - (double) height * width / (first.height() * first.width());
    }
  }

  private static void share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new DataException("augment.range", name, value, "0 … 1");
    }
  }

  private static void positive(String name, double value) {
    if (!(value > 0 && value <= 1000)) {
      throw new DataException("augment.range", name, value, "> 0");
    }
  }
}
