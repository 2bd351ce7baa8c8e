package io.millrace.train.language;

import io.millrace.data.language.MeaningPair;
import io.millrace.data.language.Reading;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Texts that mean alike: each must find its partner among all of its batch (Henderson et al. 2017,
 * as {@code MultipleNegativesRankingLoss} of sentence-transformers). Watched: {@code loss}, {@code
 * accuracy} (the partner is the nearest of all) and {@code mrr} (the mean of 1 / its place).
 */
public final class MeaningLesson implements Lesson {
  private final Pretrained model;
  private final List<MeaningPair> examples;
  private final Pooling pooling;
  private final long padding;
  private final double sharpness;

  /**
   * A lesson.
   *
   * @param pooling what a text's vector is made of
   * @param padding the id that fills short rows
   * @param sharpness what cosines are multiplied with, above 0; 20 is usual
   * @throws TrainException if the model has no states of texts
   */
  public MeaningLesson(
      Pretrained model,
      List<MeaningPair> examples,
      Pooling pooling,
      long padding,
      double sharpness) {
    if (!(model.architecture() instanceof EncoderModel)) {
      throw new TrainException("lesson.head", model.config().path("architectures"), "embed");
    }
    this.model = model;
    this.examples = List.copyOf(examples);
    this.pooling = pooling;
    this.padding = padding;
    this.sharpness = sharpness;
  }

  @Override
  public int count() {
    return examples.size();
  }

  @Override
  public int length(int example) {
    return examples.get(example).one().ids().length;
  }

  @Override
  public String description() {
    return examples.size() + " pairs of like meaning, " + pooling + ", sharpness " + sharpness;
  }

  @Override
  public double weight(int[] some) {
    return some.length;
  }

  /** Vectors of length 1, [texts, hidden]. */
  private Tensor vectors(List<Reading> texts, boolean mixed, Layer.Pass pass) {
    var architecture = model.architecture();
    Inputs batch = Texts.padded(texts, padding, architecture.inputs());
    Tensor states =
        Computed.in(
            mixed,
            () -> Objects.requireNonNull(architecture.forward(batch, pass).get("last_hidden")));
    Tensor pooled = pooling.of(states.to(DType.FLOAT32), batch.required("attention_mask"));
    Tensor length = pooled.square().sum(1).add(1e-12).sqrt();
    return pooled.div(length.unsqueeze(1));
  }

  private Tensor loss(int[] some, boolean mixed, Layer.Pass pass) {
    List<Reading> ones = Arrays.stream(some).mapToObj(i -> examples.get(i).one()).toList();
    List<Reading> others = new ArrayList<>();
    Arrays.stream(some).mapToObj(i -> examples.get(i).other()).forEach(others::add);
    for (int i : some) {
      Reading negative = examples.get(i).negative();
      if (negative != null) {
        others.add(negative);
      }
    }
    Tensor scores =
        vectors(ones, mixed, pass)
            .matmul(vectors(others, mixed, pass).transpose(0, 1))
            .mul(sharpness);
    Tensor right = Tensors.range(some.length).unsqueeze(1);
    return Neural.logSoftmax(scores, 1).gather(1, right).neg().sum();
  }

  @Override
  public double learn(int[] some, double scale, boolean mixed) {
    try (Scope scope = Scope.open()) {
      Tensor loss = loss(some, mixed, Layer.Pass.TRAINING);
      double sum = loss.detach().item();
      if (Double.isFinite(sum)) {
        loss.mul(scale).backward();
      }
      return sum;
    }
  }

  @Override
  public Map<String, Double> measure(int batch, boolean mixed) {
    double sum = 0;
    float[][] ones = new float[count()][];
    float[][] others = new float[count()][];
    try (Mode mode = Mode.noGradient()) {
      for (int from = 0; from < count(); from += batch) {
        int[] some = new int[Math.min(batch, count() - from)];
        for (int i = 0; i < some.length; i++) {
          some[i] = from + i;
        }
        try (Scope scope = Scope.open()) {
          sum += loss(some, mixed, Layer.Pass.INFERENCE).item();
          List<MeaningPair> pairs = examples.subList(from, from + some.length);
          float[][] left =
              Rows.of(
                  vectors(
                      pairs.stream().map(MeaningPair::one).toList(), mixed, Layer.Pass.INFERENCE));
          float[][] right =
              Rows.of(
                  vectors(
                      pairs.stream().map(MeaningPair::other).toList(),
                      mixed,
                      Layer.Pass.INFERENCE));
          System.arraycopy(left, 0, ones, from, some.length);
          System.arraycopy(right, 0, others, from, some.length);
        }
      }
    }
    double first = 0;
    double reciprocal = 0;
    for (int i = 0; i < ones.length; i++) {
      int place = 1;
      float own = dot(ones[i], others[i]);
      for (int j = 0; j < others.length; j++) {
        place += j != i && dot(ones[i], others[j]) > own ? 1 : 0;
      }
      first += place == 1 ? 1 : 0;
      reciprocal += 1.0 / place;
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", sum / count());
    values.put("accuracy", first / count());
    values.put("mrr", reciprocal / count());
    return values;
  }

  private static float dot(float[] one, float[] other) {
    float sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }
}
