package io.millrace.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecReader;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.train.loss.Loss;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Plateau;
import io.millrace.train.schedule.Schedule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Losses, optimizers and schedules against Keras 3, PyTorch or the paper's formula: values within
 * 1e-5, gradients within 1e-4, weights after ten steps within 1e-5. How the fixtures were made:
 * parity/make.py.
 */
class ParityTest {
  @TempDir static Path folder;
  private static SafetensorsFile file;
  private static JsonNode all;

  record LossHolder(Loss it) {}

  record OptimizerHolder(OptimizerSpec it) {}

  record ScheduleHolder(Schedule it) {}

  @BeforeAll
  static void open() throws IOException {
    Path copy = folder.resolve("parity.safetensors");
    Files.write(copy, bytes("parity.safetensors"));
    file = SafetensorsFile.open(copy);
  }

  @AfterAll
  static void close() {
    file.close();
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ParityTest.class.getResourceAsStream("parity/" + name))) {
      return in.readAllBytes();
    }
  }

  private static Stream<Arguments> cases(String kind) throws IOException {
    all = Json.read(new String(bytes("parity.json"), StandardCharsets.UTF_8), "parity.json");
    List<Arguments> cases = new ArrayList<>();
    all.path(kind).forEach(one -> cases.add(Arguments.of(one.path("name").asString(), one)));
    assertThat(cases).hasSizeGreaterThan(10);
    return cases.stream();
  }

  static Stream<Arguments> losses() throws IOException {
    return cases("losses");
  }

  static Stream<Arguments> optimizers() throws IOException {
    return cases("optimizers");
  }

  static Stream<Arguments> schedules() throws IOException {
    return cases("schedules");
  }

  private static <T extends Record> T read(JsonNode one, String key, Class<T> type) {
    T read = SpecReader.read("it: " + one.path(key).asString(), key, type, List.of());
    assertThat(SpecReader.read(SpecWriter.yaml(read), "written and read again", type, List.of()))
        .isEqualTo(read);
    return read;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("losses")
  void lossAndGradientEqualTheReference(String name, JsonNode one) {
    Loss loss = read(one, "loss", LossHolder.class).it();
    Activation last = Activation.valueOf(one.path("last").asString().toUpperCase(Locale.ROOT));
    try (Scope scope = Scope.open()) {
      Tensor scores = file.tensor("loss/" + name + "/scores").trackGradient();
      Tensor targets = file.tensor("loss/" + name + "/targets");
      Tensor value = loss.of(scores, last, targets);
      double expected = one.path("value").doubleValue();
      assertThat(value.item()).isCloseTo(expected, within(1e-5 * Math.max(1, expected)));
      value.backward();
      close(scores.gradient().orElseThrow(), "loss/" + name + "/gradient", 1e-4);
      Tensor each = loss.each(scores, last, targets);
      assertThat(each.sum().item() / loss.count(each, targets))
          .isCloseTo(expected, within(1e-5 * Math.max(1, expected)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void tenStepsEqualTheReference(String name, JsonNode one) {
    OptimizerSpec spec = read(one, "optimizer", OptimizerHolder.class).it();
    List<Group> groups =
        name.equals("groups") ? List.of(new Group(List.of("*.bias"), 0.5, 0.0)) : List.of();
    Map<String, Tensor> resumed = steps(spec, groups, 4);
    Map<String, Tensor> straight = steps(spec, groups, 0);
    straight.forEach(
        (weight, tensor) -> {
          close(tensor, "optimizer/" + name + "/" + weight, 1e-5);
          // Saved after four steps and restored into a fresh optimizer: the same bits.
          assertThat(Objects.requireNonNull(resumed.get(weight)).toFloats())
              .containsExactly(tensor.toFloats());
        });
    owner.close();
    owner = Scope.shared();
  }

  private Scope owner = Scope.shared();

  private Map<String, Tensor> steps(OptimizerSpec spec, List<Group> groups, int savedAfter) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      for (String weight : List.of("0.weight", "0.bias", "1.weight")) {
        weights.put(weight, owner.adopt(file.tensor("start/" + weight).copy().trackGradient()));
      }
    }
    Optimizer optimizer = Group.over(spec, groups, weights);
    for (int step = 0; step < 10; step++) {
      try (Scope scope = Scope.open()) {
        for (Map.Entry<String, Tensor> weight : weights.entrySet()) {
          Tensor gradient = file.tensor("gradient/" + step + "/" + weight.getKey());
          weight.getValue().mul(gradient).sum().backward();
        }
        optimizer.step();
        if (step + 1 == savedAfter) {
          Map<String, Tensor> saved = new LinkedHashMap<>();
          optimizer.state().forEach((key, tensor) -> saved.put(key, tensor.copy()));
          optimizer.close();
          optimizer = Group.over(spec, groups, weights);
          optimizer.restore(saved);
        }
      }
    }
    optimizer.close();
    return weights;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("schedules")
  void ratesEqualTheReference(String name, JsonNode one) {
    Schedule schedule = read(one, "schedule", ScheduleHolder.class).it();
    int step = 0;
    for (JsonNode rate : one.path("rates")) {
      int total = name.equals("one-cycle") ? 41 : 40;
      assertThat(schedule.factor(step++, total))
          .as("step " + step)
          .isCloseTo(rate.doubleValue(), within(1e-5));
    }
  }

  @Test
  void plateauEqualsTheReference() throws IOException {
    cases("losses");
    Plateau settings = new Plateau("val_loss", 0.5, 2, 1e-4, 1, 0);
    Plateau.Watch watch = new Plateau.Watch(settings);
    for (JsonNode seen : all.path("plateau")) {
      watch.saw(seen.get(0).doubleValue(), true);
      Plateau.Watch other = new Plateau.Watch(settings);
      other.restore(watch.state());
      watch = other;
      assertThat(watch.factor()).isCloseTo(seen.get(1).doubleValue(), within(1e-12));
    }
  }

  private static void close(Tensor actual, String name, double tolerance) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      float[] wanted = file.tensor(name).toFloats();
      float[] got = actual.toFloats();
      assertThat(got).hasSameSizeAs(wanted);
      for (int i = 0; i < got.length; i++) {
        double room = tolerance * Math.max(1, Math.abs(wanted[i]));
        assertThat((double) got[i]).as(name).isCloseTo(wanted[i], within(room));
      }
    }
  }
}
