package io.millrace.evaluate.text;

import io.millrace.data.text.Vocabulary;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Lets a network that says the next piece of a text write on. */
public final class TextSampler {
  private final Network network;
  private final Vocabulary vocabulary;

  /**
   * A writer.
   *
   * @param network reads [length] ids and gives [length, pieces] scores
   */
  public TextSampler(Network network, Vocabulary vocabulary) {
    this.network = network;
    this.vocabulary = vocabulary;
  }

  /**
   * Continues a text.
   *
   * @param prompt at least one piece
   * @param count pieces to write
   * @param temperature divides the scores before a piece is drawn; near 0 the most probable is
   *     taken
   * @param seed equal seeds give equal texts
   * @return the prompt and what follows
   */
  public String write(String prompt, int count, double temperature, long seed) {
    List<Integer> ids = new ArrayList<>();
    for (int id : vocabulary.encoder().encode(prompt)) {
      ids.add(id);
    }
    int length = (int) network.input().size(0);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      int from = Math.max(0, ids.size() - length);
      float[] row = new float[length];
      for (int place = from; place < ids.size(); place++) {
        row[place - from] = ids.get(place);
      }
      ids.add(draw(next(row, ids.size() - from - 1), temperature, random));
    }
    return vocabulary.decode(ids.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The scores behind one place. */
  private double[] next(float[] row, int place) {
    try (Mode mode = Mode.inference();
        Scope scope = Scope.open()) {
      Tensor x = Tensors.of(row, 1, row.length);
      Tensor scores = network.scores(x, Layer.Pass.INFERENCE);
      return Neural.logSoftmax(scores.select(0, 0).select(0, place), -1).toDoubles();
    }
  }

  private static int draw(double[] logs, double temperature, SplittableRandom random) {
    int best = 0;
    double sum = 0;
    double[] shares = new double[logs.length];
    for (int i = 0; i < logs.length; i++) {
      best = logs[i] > logs[best] ? i : best;
    }
    if (temperature < 1e-3) {
      return best;
    }
    for (int i = 0; i < logs.length; i++) {
      shares[i] = Math.exp((logs[i] - logs[best]) / temperature);
      sum += shares[i];
    }
    double draw = random.nextDouble() * sum;
    for (int i = 0; i < shares.length; i++) {
      draw -= shares[i];
      if (draw < 0) {
        return i;
      }
    }
    return best;
  }
}
