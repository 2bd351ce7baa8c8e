package io.millrace.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be drawn, beside the definitions written down plainly, and how often it is. */
class DrawingTest {
  private static float[] scores(int count, double spread) {
    Random random = new Random(5);
    float[] scores = new float[count];
    for (int i = 0; i < count; i++) {
      scores[i] = (float) (spread * random.nextGaussian());
    }
    scores[count / 2] = scores[count / 3]; // equals
    scores[7] = Float.NEGATIVE_INFINITY;
    return scores;
  }

  private static Map<Integer, Double> normed(Map<Integer, Double> some) {
    double sum = some.values().stream().mapToDouble(Double::doubleValue).sum();
    Map<Integer, Double> all = new LinkedHashMap<>();
    some.forEach((id, share) -> all.put(id, share / sum));
    return all;
  }

  private static Map<Integer, Double> plainly(float[] scores, Sampling how) {
    float most = scores[Choice.best(scores)];
    Map<Integer, Double> all = new LinkedHashMap<>();
    IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
        .forEach(i -> all.put(i, Math.exp((scores[i] - most) / how.temperature())));
    Map<Integer, Double> kept = normed(all);
    if (how.topK() > 0) {
      kept = normed(first(kept, how.topK(), 2));
    }
    if (how.topP() < 1) {
      kept = normed(first(kept, kept.size(), how.topP()));
    }
    if (how.minP() > 0) {
      double least = how.minP() * kept.values().iterator().next();
      kept.values().removeIf(share -> share < least);
      kept = normed(kept);
    }
    if (how.typical() < 1) {
      double expected =
          kept.values().stream().mapToDouble(p -> p == 0 ? 0 : -p * Math.log(p)).sum();
      List<Map.Entry<Integer, Double>> sorted = new ArrayList<>(kept.entrySet());
      sorted.sort(Comparator.comparingDouble(e -> Math.abs(-Math.log(e.getValue()) - expected)));
      Map<Integer, Double> typical = new LinkedHashMap<>();
      sorted.forEach(entry -> typical.put(entry.getKey(), entry.getValue()));
      kept = normed(first(typical, typical.size(), how.typical()));
    }
    return kept;
  }

  private static Map<Integer, Double> first(Map<Integer, Double> all, int most, double mass) {
    Map<Integer, Double> first = new LinkedHashMap<>();
    double before = 0;
    for (Map.Entry<Integer, Double> one : all.entrySet()) {
      if (first.size() == most || (!first.isEmpty() && before >= mass)) {
        break;
      }
      first.put(one.getKey(), one.getValue());
      before += one.getValue();
    }
    return first;
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 0, 1.0, 0, 1", "0.7, 20, 0.8, 0, 1", "1.0, 0, 0.9, 0, 1", "2.5, 0, 0.999999, 0, 1",
    "1.0, 5, 1.0, 0.1, 1", "1.3, 0, 1.0, 0.02, 1", "1.0, 0, 1.0, 0, 0.6",
        "0.9, 50, 0.95, 0.01, 0.8",
    "0.01, 0, 0.5, 0, 1", "1.0, 5000, 1.0, 0, 1"
  })
  void keepsWhatTheDefinitionsKeep(
      double heat, int topK, double topP, double minP, double typical) {
    Sampling how =
        Sampling.greedy(1)
            .change()
            .temperature(heat)
            .topK(topK)
            .topP(topP)
            .minP(minP)
            .typical(typical)
            .build();
    for (double spread : new double[] {0.01, 1, 6}) {
      float[] scores = scores(3000, spread);
      Map<Integer, Double> wanted = plainly(scores, how);
      Drawing kept = Drawing.kept(scores, how);
      double missing = 1;
      for (int i = 0; i < kept.count(); i++) {
        double share = wanted.getOrDefault(kept.id(i), -1.0);
        assertThat(kept.probability(i)).isCloseTo(share, within(1e-9));
        missing -= share;
      }
      assertThat(missing).isCloseTo(0, within(1e-9));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1.0", "4, 1.0", "0, 0.9"})
  void drawsAsOftenAsProbable(int topK, double topP) {
    float[] scores = {0.5f, 2, 1, -1, 0, 1.5f};
    Sampling how = Sampling.greedy(1).change().temperature(1.1).topK(topK).topP(topP).build();
    int rounds = 40_000;
    int[] drawn = new int[scores.length];
    for (int i = 0; i < rounds; i++) {
      drawn[Drawing.draw(scores, 3, how.change().seed(i).build())]++;
    }
    Map<Integer, Double> wanted = plainly(scores, how);
    for (int i = 0; i < drawn.length; i++) {
      assertThat(drawn[i] / (double) rounds).isCloseTo(wanted.getOrDefault(i, 0.0), within(0.01));
    }
  }
}
