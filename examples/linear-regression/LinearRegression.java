// ./millrace java examples/linear-regression/LinearRegression.java
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.train.loss.Losses.meanSquaredError;
import static io.millrace.train.optimizer.Sgd.sgd;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.evaluate.report.Scatter;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.train.Trainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Gradient descent beside the closed form. Argument: where the picture goes. */
public class LinearRegression {
  public static void main(String[] arguments) throws Exception {
    float[] x = {1, 2, 3, 4, 5};
    float[] y = {2, 4, 5, 4, 5};
    var points =
        new Dataset(
            "points",
            Rows.of(x, Shape.of(1)),
            new Targets.Numbers(Rows.of(y, Shape.of(1)), List.of("y")));
    var trainer =
        Trainer.of(Sequential.of(dense(1)))
            .loss(meanSquaredError()).optimizer(sgd(0.05)).epochs(1000).batch(5);
    try (var result = trainer.fit(points)) {
      float slope = result.network().parameters().get("0.weight").toFloats()[0];
      float intercept = result.network().parameters().get("0.bias").toFloats()[0];
      System.out.printf(Locale.ROOT, "descent:     intercept %.5f  slope %.5f%n", intercept, slope);
      Path picture = Path.of(arguments.length > 0 ? arguments[0] : "linear-regression.svg");
      float[] ends = {0.5f, 5.5f};
      Files.writeString(
          picture,
          Scatter.of(
              x, y, ends, new float[] {intercept + slope * ends[0], intercept + slope * ends[1]}));
    }
    // slope = Σ(x − x̄)(y − ȳ) / Σ(x − x̄)²
    double meanX = 3;
    double meanY = 4;
    double both = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      both += (x[i] - meanX) * (y[i] - meanY);
      squares += (x[i] - meanX) * (x[i] - meanX);
    }
    System.out.printf(
        Locale.ROOT,
        "closed form: intercept %.5f  slope %.5f%n",
        meanY - both / squares * meanX,
        both / squares);
  }
}
