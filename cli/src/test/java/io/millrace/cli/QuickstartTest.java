package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class QuickstartTest {
  @TempDir private Path home;

  @Test
  void trainsEvaluatesExplainsAndWritesThenKnowsIt() throws Exception {
    Command first = Command.run(home, "quickstart", "--no-serve", "--json");
    assertThat(first.exit()).isZero();
    JsonNode result = first.json();
    // 2,000 held-out digits; this seed reaches 0.937 with 8,000 to learn from.
    assertThat(result.path("metrics").path("accuracy").doubleValue()).isGreaterThan(0.92);
    Path model = Path.of(result.path("package").asString());
    assertThat(model).isDirectoryContaining("glob:**/{model.safetensors}");
    for (String paper :
        new String[] {
          "millrace.yaml",
          "model.safetensors",
          "transforms.json",
          "signature.json",
          "provenance.json",
          "card.md"
        }) {
      assertThat(model.resolve(paper)).isNotEmptyFile();
    }
    String report = Files.readString(Path.of(result.path("report").asString()));
    assertThat(report)
        .contains("Confusion matrix", "混淆矩阵", "data:image/png;base64", "<svg")
        .doesNotContain("http://", "https://", "{{");
    assertThat(first.err()).contains("epoch 5/5").contains("val_loss");

    Command second = Command.run(home, "quickstart", "--no-serve", "--json");
    assertThat(second.json().path("stages").path("train").asString()).isEqualTo("cached");
    assertThat(second.json().path("metrics")).isEqualTo(result.path("metrics"));
  }
}
