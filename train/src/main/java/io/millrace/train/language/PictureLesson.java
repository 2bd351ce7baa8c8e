package io.millrace.train.language;

import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.Arrays;
import java.util.Map;

/** Pictures and their classes. Watched: {@code loss}, {@code accuracy}, {@code f1} (macro). */
public final class PictureLesson extends Judging {
  /**
   * What is done to pixels.
   *
   * @param scale they are multiplied with, usually 1 / 255
   * @param means what is then subtracted, by channel
   * @param deviations what it is then divided by
   */
  public record Pixels(double scale, double[] means, double[] deviations) {}

  private final Dataset pictures;
  private final Pixels pixels;
  private final int[] labels;

  /**
   * A lesson.
   *
   * @param pictures [channels, height, width] or [height, width], pixels from 0 to 255, of classes
   * @throws TrainException if the model does not say classes of pictures
   */
  public PictureLesson(Pretrained model, Dataset pictures, Pixels pixels) {
    super(model, "ForImageClassification", "picture");
    if (!(pictures.targets() instanceof Targets.Classes classes)) {
      throw new TrainException("lesson.head", pictures.targets(), "picture");
    }
    this.pictures = pictures;
    this.pixels = pixels;
    this.labels = classes.labels();
  }

  @Override
  public int count() {
    return pictures.count();
  }

  @Override
  public int length(int example) {
    return 1;
  }

  @Override
  public String description() {
    return pictures.count() + " pictures of classes";
  }

  @Override
  Tensor loss(int[] some, boolean mixed, Layer.Pass pass, Tally tally) {
    long[] given = pictures.inputs().shape().sizes();
    long[] shape = given.length == 3 ? given : new long[] {1, given[0], given[1]};
    int size = (int) pictures.inputs().shape().elements();
    int plane = (int) (size / shape[0]);
    float[] all = new float[some.length * size];
    for (int i = 0; i < some.length; i++) {
      pictures.inputs().copy(some[i], all, i * size);
    }
    for (int i = 0; i < all.length; i++) {
      int channel = i % size / plane;
      all[i] =
          (float) ((all[i] * pixels.scale - pixels.means[channel]) / pixels.deviations[channel]);
    }
    Tensor input = Tensors.of(all, some.length, shape[0], shape[1], shape[2]);
    Tensor scores = of(said(new Inputs(Map.of("pixel_values", input)), mixed, pass), "logits");
    tally.keep(some, () -> Rows.of(scores));
    long[] targets = Arrays.stream(some).mapToLong(i -> labels[i]).toArray();
    return Scored.loss(scores, Tensors.of(targets, targets.length), 0).sum();
  }

  @Override
  void report(Tally tally, Map<String, Double> values) {
    Confusion confusion = new Confusion();
    for (int i = 0; i < labels.length; i++) {
      confusion.add(labels[i], Rows.largest(tally.of(i)));
    }
    values.put("accuracy", confusion.accuracy());
    values.put("f1", confusion.f1());
  }
}
