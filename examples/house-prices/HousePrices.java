// ./millrace java examples/house-prices/HousePrices.java ../shared/data/california-housing/cal_housing.arff.gz
import static io.millrace.model.layer.Layers.dense;
import static io.millrace.train.optimizer.AdamW.adamw;

import io.millrace.data.*;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Select;
import io.millrace.data.prepare.Transform;
import io.millrace.data.source.TableFile;
import io.millrace.evaluate.Evaluator;
import io.millrace.model.Sequential;
import io.millrace.tensor.Shape;
import io.millrace.train.Trainer;
import io.millrace.train.loss.Losses;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.List;

/** House values by a network. Prices are learned in units of 100,000 dollars. */
public class HousePrices {
  public static void main(String[] arguments) {
    Table all = TableFile.read(Path.of(arguments[0]));
    Parts parts = Splits.random(all.rows(), 0.2, 7);
    Table inputs = all.without("medianHouseValue");
    var prepare =
        List.<Transform>of(
            new Transform.Log(
                Select.columns(
                    "totalRooms", "totalBedrooms", "population", "households", "medianIncome")),
            new Transform.Standardize(Select.NUMERIC));
    Preparation.OfTable fitted = Preparation.fit(inputs.select(parts.train()), prepare);
    double[] prices = all.numbers("medianHouseValue").values();
    Dataset train = dataset(fitted, inputs, prices, parts.train());
    Dataset test = dataset(fitted, inputs, prices, parts.test());
    var trainer =
        Trainer.of(
                Sequential.of(dense(128).relu(), dense(128).relu(), dense(64).relu(), dense(1)))
            .loss(Losses.huber(1)).optimizer(adamw(0.002, 0.004))
            .schedule(new Schedule.Cosine(null, 0, null))
            .epochs(Integer.getInteger("epochs", 60)).batch(128).seed(3);
    try (var result = trainer.fit(train)) {
      System.out.println(Evaluator.evaluate(test, result.predict(test.inputs())).metrics());
    }
  }

  private static Dataset dataset(
      Preparation.OfTable fitted, Table inputs, double[] prices, int[] rows) {
    float[] targets = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      targets[i] = (float) (prices[rows[i]] / 100_000);
    }
    return new Dataset(
        "houses",
        fitted.apply(inputs.select(rows)),
        new Targets.Numbers(Rows.of(targets, Shape.of(1)), List.of("price")));
  }
}
