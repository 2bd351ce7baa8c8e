package io.millrace.train.language;

import io.millrace.data.language.Reading;
import io.millrace.data.language.Rewriting;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts and what is written of them, for models that read one series and write another. Watched:
 * {@code loss} and {@code perplexity} per written token.
 */
public final class WritingLesson implements Lesson {
  private final EncoderDecoderModel model;
  private final List<Rewriting> examples;
  private final long padding;
  private final long start;
  private final double smoothing;

  /**
   * A lesson.
   *
   * @param padding the id that fills short rows
   * @param smoothing the share of a target that all tokens have alike, from 0 to less than 1
   * @throws TrainException if the model does not read one series and write another
   */
  public WritingLesson(Pretrained model, List<Rewriting> examples, long padding, double smoothing) {
    if (!(model.architecture() instanceof EncoderDecoderModel both)) {
      throw new TrainException("lesson.head", model.config().path("architectures"), "rewrite");
    }
    this.model = both;
    this.examples = List.copyOf(examples);
    this.padding = padding;
    this.start = model.config().path("decoder_start_token_id").asLong(padding);
    this.smoothing = smoothing;
  }

  @Override
  public int count() {
    return examples.size();
  }

  @Override
  public int length(int example) {
    Rewriting one = examples.get(example);
    return one.source().ids().length + one.target().ids().length;
  }

  @Override
  public String description() {
    return examples.size() + " texts to write of others, smoothing " + smoothing;
  }

  @Override
  public double weight(int[] some) {
    return Arrays.stream(some).mapToLong(i -> examples.get(i).target().ids().length).sum();
  }

  /** The decoder's states where something is written, and what. */
  private record Written(Tensor states, Tensor targets) {}

  private Written written(int[] some, boolean mixed, Layer.Pass pass) {
    List<Reading> sources = Arrays.stream(some).mapToObj(i -> examples.get(i).source()).toList();
    Inputs read = Texts.padded(sources, padding, model.inputs());
    int time = Arrays.stream(some).map(i -> examples.get(i).target().ids().length).max().orElse(1);
    long[] given = new long[some.length * time];
    Arrays.fill(given, padding);
    long[] places = new long[(int) weight(some)];
    long[] targets = new long[places.length];
    int next = 0;
    for (int row = 0; row < some.length; row++) {
      long[] target = examples.get(some[row]).target().ids();
      given[row * time] = start;
      for (int i = 0; i < target.length; i++) {
        if (i + 1 < target.length) {
          given[row * time + i + 1] = target[i];
        }
        places[next] = (long) row * time + i;
        targets[next++] = target[i];
      }
    }
    Tensor ids = Tensors.of(given, some.length, time);
    Tensor states =
        Computed.in(
            mixed,
            () -> {
              Stack.Memory memory = model.encode(read, pass);
              return model.states(ids, Stack.Places.from(0, time), null, memory, pass);
            });
    Tensor chosen =
        states.reshape(-1, states.size(2)).indexSelect(0, Tensors.of(places, places.length));
    return new Written(chosen, Tensors.of(targets, targets.length));
  }

  @Override
  public double learn(int[] some, double scale, boolean mixed) {
    try (Scope scope = Scope.open()) {
      Written written = written(some, mixed, Layer.Pass.TRAINING);
      float[] weights = new float[(int) written.targets.size(0)];
      Arrays.fill(weights, (float) scale);
      return TokenLoss.backward(
          written.states,
          model::logits,
          written.targets,
          model.vocabulary(),
          Tensors.of(weights, weights.length),
          mixed,
          smoothing);
    }
  }

  @Override
  public Map<String, Double> measure(int batch, boolean mixed) {
    double sum = 0;
    double weight = 0;
    try (Mode mode = Mode.noGradient()) {
      for (int[] some : Order.sorted(count(), batch, this::length)) {
        try (Scope scope = Scope.open()) {
          Written written = written(some, mixed, Layer.Pass.INFERENCE);
          for (float one :
              TokenLoss.of(
                  written.states, model::logits, written.targets, model.vocabulary(), mixed)) {
            sum += one;
          }
          weight += weight(some);
        }
      }
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", sum / weight);
    values.put("perplexity", Math.exp(sum / weight));
    return values;
  }
}
