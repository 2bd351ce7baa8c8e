package io.millrace.pipeline.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training is the same mathematics as PyTorch's: losses within 1e-5, final weights within 1e-5. */
class ReplayTest {
  @TempDir private Path folder;

  private static Path fixture(String name) throws Exception {
    return Path.of(
        Objects.requireNonNull(ReplayTest.class.getResource("recorded/" + name)).toURI());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd-momentum",
        "sgd-nesterov",
        "sgd-decay",
        "adam-three-layers",
        "adam-decay-mse",
        "adamw"
      })
  void equalsPyTorch(String name) throws Exception {
    Replay.Outcome outcome = Replay.run(fixture(name), 0);
    assertThat(outcome.losses()).hasSize(12);
    assertThat(outcome.difference()).isLessThan(1e-5);
    assertThat(outcome.weightDifference()).isLessThan(1e-5);
    assertThat(Replay.run(fixture(name), 3).losses()).isEqualTo(outcome.losses().subList(0, 3));
  }

  @Test
  void aFixtureThatCannotBeReplayedSaysWhy() throws Exception {
    Path parity = folder.resolve("parity.json");
    Files.writeString(parity, "{}");
    assertThatThrownBy(() -> Replay.run(folder, 0)).hasMessageContaining("no training fixture");
    Files.writeString(
        parity,
        "{\"layers\":[{\"conv9d\":[1,2]}],\"optimizer\":{\"name\":\"sgd\"},\"loss\":\"mse\"}");
    assertThatThrownBy(() -> Replay.run(folder, 0)).hasMessageContaining("conv9d");
    Files.writeString(
        parity,
        "{\"layers\":[{\"dense\":[1,2],\"weights\":\"0\"}],\"optimizer\":{\"name\":\"x\"},\"loss\":\"l9\"}");
    assertThatThrownBy(() -> Replay.run(folder, 0)).hasMessageContaining("l9");
    Files.writeString(parity, "not json");
    assertThatThrownBy(() -> Replay.run(folder, 0)).hasMessageContaining("parity.json:1");
  }
}
