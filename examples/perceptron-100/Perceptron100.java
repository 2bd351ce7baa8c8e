// ./millrace java examples/perceptron-100/Perceptron100.java
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.dropout;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static io.millrace.train.optimizer.AdamW.adamw;

import io.millrace.data.Dataset;
import io.millrace.data.source.Gaussians;
import io.millrace.evaluate.Evaluator;
import io.millrace.model.Sequential;
import io.millrace.train.Trainer;
import io.millrace.train.schedule.Schedule;
import java.util.Locale;

/** Ten classes in 100 dimensions, beside the best that anybody can do. */
public class Perceptron100 {
  public static void main(String[] arguments) {
    var source = new Gaussians(10, 100, 0.25, 1);
    Dataset train = source.rows(Integer.getInteger("rows", 40_000), 0);
    Dataset test = source.rows(10_000, 1);
    var model = Sequential.of(dense(64).relu(), dropout(0.2), dense(64).relu(), dense(10).softmax());
    var trainer =
        Trainer.of(model)
            .loss(sparseCategoricalCrossEntropy()).optimizer(adamw(0.001, 0.02))
            .schedule(new Schedule.Cosine(null, 0, null)).epochs(15).batch(128);
    try (var result = trainer.fit(train)) {
      double reached =
          Evaluator.evaluate(test, result.predict(test.inputs())).metrics().get("accuracy");
      System.out.printf(
          Locale.ROOT, "network %.4f  best possible %.4f%n", reached, source.best(test));
    }
  }
}
