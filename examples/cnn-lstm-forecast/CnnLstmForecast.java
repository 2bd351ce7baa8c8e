// ./millrace java examples/cnn-lstm-forecast/CnnLstmForecast.java ../shared/data/bike-sharing/hour.csv.gz
import static io.millrace.model.layer.Layers.*;
import static io.millrace.train.loss.Losses.meanAbsoluteError;
import static io.millrace.train.optimizer.Adam.adam;

import io.millrace.data.*;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Select;
import io.millrace.data.prepare.Transform;
import io.millrace.data.series.Windows;
import io.millrace.data.source.TableFile;
import io.millrace.model.Sequential;
import io.millrace.model.layer.Padding;
import io.millrace.train.Trainer;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Tomorrow's rentals from the week before, beside "as yesterday". */
public class CnnLstmForecast {
  public static void main(String[] arguments) {
    Table hours = TableFile.read(Path.of(arguments[0]));
    for (String column : List.of("instant", "dteday", "casual", "registered", "yr", "season", "mnth")) {
      hours = hours.without(column);
    }
    int cut = hours.rows() - (int) Math.round(hours.rows() * 0.125);
    Preparation.OfTable fitted =
        Preparation.fit(
            hours.select(IntStream.range(0, cut).toArray()),
            List.of(
                new Transform.OneHot(Select.columns("weekday"), Transform.Unknown.ERROR),
                new Transform.Standardize(Select.NUMERIC)));
    Rows prepared = fitted.apply(hours);
    int features = (int) prepared.shape().size(0);
    float[] series = new float[prepared.count() * features];
    float[] rentals = new float[prepared.count()];
    for (int hour = 0; hour < rentals.length; hour++) {
      prepared.copy(hour, series, hour * features);
      rentals[hour] = (float) hours.numbers("cnt").values()[hour] / 100;
    }
    var windows = new Windows(168, 24, 1);
    Dataset train = windows.dataset("hours", series, features, rentals, "cnt", 0, cut);
    Dataset test = windows.dataset("hours", series, features, rentals, "cnt", cut, rentals.length);
    var model =
        Sequential.of(
            conv1d(32, 3).padding(Padding.CAUSAL).relu(), maxPooling1d(2), lstm(48), dense(64).relu(), dense(24));
    var trainer =
        Trainer.of(model)
            .loss(meanAbsoluteError()).optimizer(adam(0.002))
            .schedule(new Schedule.Cosine(null, 0, null))
            .epochs(Integer.getInteger("epochs", 6)).batch(64).seed(2);
    try (var result = trainer.fit(train)) {
      float[][] said = result.predict(test.inputs());
      double network = 0;
      double yesterday = 0;
      for (int row = 0; row < said.length; row++) {
        for (int hour = 0; hour < 24; hour++) {
          double truth = rentals[cut + row + hour];
          network += Math.abs(said[row][hour] - truth);
          yesterday += Math.abs(rentals[cut + row + hour - 24] - truth);
        }
      }
      double per = said.length * 24 / 100.0;
      System.out.printf(
          Locale.ROOT,
          "mean absolute error: network %.1f  as yesterday %.1f  (%.1f %% better)%n",
          network / per,
          yesterday / per,
          100 * (1 - network / yesterday));
    }
  }
}
