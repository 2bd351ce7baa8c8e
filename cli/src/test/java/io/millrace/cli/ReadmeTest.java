package io.millrace.cli;

import static io.millrace.model.layer.Layers.dense;
import static io.millrace.model.layer.Layers.flatten;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static io.millrace.train.optimizer.Adam.adam;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.data.Dataset;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.source.Digits;
import io.millrace.model.Sequential;
import io.millrace.train.Trainer;
import io.millrace.train.metric.Accuracy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The README's program works as it stands there, and its first screens name what exists. */
class ReadmeTest {
  @Test
  void theProgramLearns() {
    var digits = Digits.training();
    var scale = Preparation.array(new long[] {28, 28}, 1 / 255f, 0, "grey");
    var data = new Dataset("digits", scale.apply(digits.inputs()), digits.targets());
    try (var result =
        Trainer.of(Sequential.of(flatten(), dense(128).relu(), dense(10).softmax()))
            .loss(sparseCategoricalCrossEntropy())
            .optimizer(adam(1e-3))
            .metrics(new Accuracy())
            .epochs(5)
            .batch(32)
            .validationSplit(0.2)
            .fit(data)) {
      assertThat(result.history().last().metric("val_accuracy")).isGreaterThan(0.92);
    }
  }

  @Test
  void bothReadmesShowItAndTheirLinksLead() throws Exception {
    Path root = Path.of(System.getProperty("millrace.checkout"));
    for (String name : new String[] {"README.md", "README.zh.md"}) {
      String readme = Files.readString(root.resolve(name));
      assertThat(readme)
          .contains("./millrace quickstart", "./mvnw verify")
          .contains("Trainer.of(Sequential.of(flatten(), dense(128).relu(), dense(10).softmax()))")
          .contains(".epochs(5).batch(32).validationSplit(0.2)");
      var links = java.util.regex.Pattern.compile("]\\(([^)#]+)\\)").matcher(readme);
      while (links.find()) {
        assertThat(root.resolve(links.group(1))).as(name).exists();
      }
    }
  }
}
