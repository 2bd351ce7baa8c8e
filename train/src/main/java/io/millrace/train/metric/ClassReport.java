package io.millrace.train.metric;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Precision, recall or F1: the mean over classes, and each class by itself. A class that was never
 * said has precision 0, as in scikit-learn.
 *
 * @param measure which
 * @param details whether histories show each class
 */
@Key("class-report")
public record ClassReport(@Default("f1") Measure measure, @Default("false") boolean details)
    implements Metric {
  /** What is measured. */
  public enum Measure {
    PRECISION,
    RECALL,
    F1
  }

  @Override
  public String name() {
    return measure.name().toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  public Count start() {
    return new Running();
  }

  /** Three counts a class: hits, said, true. */
  private final class Running implements Count {
    private double[] counts = new double[0];

    @Override
    public void add(Tensor scores, Activation last, Tensor targets) {
      Tensor said;
      Tensor truth;
      if (Labels.isMultiLabel(scores, targets, last)) {
        said = scores.gt(0).to(DType.FLOAT32);
        truth = targets.gt(0.5).to(DType.FLOAT32);
      } else {
        long classes = Math.max(2, scores.size(-1));
        Tensor wanted = Labels.wanted(targets, scores).unsqueeze(1);
        Tensor all = Tensors.range(classes);
        Tensor counted = Labels.counted(wanted).to(DType.FLOAT32);
        said = Labels.chosen(scores).unsqueeze(1).eq(all).to(DType.FLOAT32).mul(counted);
        truth = wanted.eq(all).to(DType.FLOAT32);
      }
      double[] hits = said.mul(truth).sum(0).toDoubles();
      double[] saids = said.sum(0).toDoubles();
      double[] truths = truth.sum(0).toDoubles();
      if (counts.length == 0) {
        counts = new double[3 * hits.length];
      }
      for (int c = 0; c < hits.length; c++) {
        counts[3 * c] += hits[c];
        counts[3 * c + 1] += saids[c];
        counts[3 * c + 2] += truths[c];
      }
    }

    private double of(int c) {
      double hits = counts[3 * c];
      double below =
          switch (measure) {
            case PRECISION -> counts[3 * c + 1];
            case RECALL -> counts[3 * c + 2];
            case F1 -> (counts[3 * c + 1] + counts[3 * c + 2]) / 2;
          };
      return below == 0 ? 0 : hits / below;
    }

    @Override
    public double value() {
      double sum = 0;
      for (int c = 0; c < counts.length / 3; c++) {
        sum += of(c);
      }
      return counts.length == 0 ? Double.NaN : sum / (counts.length / 3);
    }

    @Override
    public Map<String, Double> details() {
      Map<String, Double> values = new LinkedHashMap<>();
      for (int c = 0; details && c < counts.length / 3; c++) {
        values.put(name() + "." + c, of(c));
      }
      return values;
    }

    @Override
    public double[] state() {
      return counts.clone();
    }

    @Override
    public void restore(double[] state) {
      counts = state.clone();
    }
  }
}
