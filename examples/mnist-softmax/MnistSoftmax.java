// ./millrace java examples/mnist-softmax/MnistSoftmax.java [folder of MNIST]
import static io.millrace.model.layer.Layers.*;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static io.millrace.train.optimizer.Adam.adam;

import io.millrace.data.Dataset;
import io.millrace.data.source.Digits;
import io.millrace.data.source.Idx;
import io.millrace.evaluate.Evaluator;
import io.millrace.model.Sequential;
import io.millrace.train.Trainer;
import io.millrace.train.metric.Accuracy;
import java.nio.file.Path;

/** Trains on MNIST, or on the digits that ship with Millrace where no folder is given. */
public class MnistSoftmax {
  public static void main(String[] arguments) {
    boolean whole = arguments.length > 0;
    Dataset train = whole ? Idx.read(Path.of(arguments[0]), "train") : Digits.training();
    Dataset test = whole ? Idx.read(Path.of(arguments[0]), "t10k") : Digits.heldOut();
    var model =
        Sequential.of(
            flatten(), dense(10).softmax());
    var trainer =
        Trainer.of(model)
            .loss(sparseCategoricalCrossEntropy()).optimizer(adam(0.001)).metrics(new Accuracy())
            .epochs(Integer.getInteger("epochs", 10)).batch(64);
    try (var result = trainer.fit(scaled(train))) {
      System.out.println(result.network().summary());
      System.out.println(Evaluator.evaluate(test, result.predict(scaled(test).inputs())).metrics());
    }
  }

  private static Dataset scaled(Dataset data) {
    return data.withInputs(data.inputs().scaled(1 / 255f, 0));
  }
}
