package io.millrace.model.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Inputs;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Every family and switch against transformers: models are made there, computed here, saved here
 * and computed there again.
 */
class ConfigurationsTest {
  private static final double TOLERANCE = 1e-4;

  /** bfloat16 keeps 8 bits: what differs is the order of roundings. */
  private static final double HALF_TOLERANCE = 0.3;

  @Test
  void equalTransformers(@TempDir Path folder) throws Exception {
    Path made = made();
    List<String> wrong = new ArrayList<>();
    int count = 0;
    try (Stream<Path> models = Files.list(made)) {
      for (Path model : models.sorted().toList()) {
        count++;
        String problem = compare(model, folder.resolve("saved").resolve(model.getFileName()));
        if (problem != null) {
          wrong.add(model.getFileName() + ": " + problem);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(count).isPositive();
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    if (python != null) {
      run(python, "check", made.toString(), folder.resolve("saved").toString());
    }
  }

  private static Path kept;

  /** The models, made by transformers once for all tests, or those of an earlier run. */
  static synchronized Path made() throws IOException, InterruptedException {
    String ready = System.getProperty("millrace.models");
    if (ready != null) {
      return Path.of(ready);
    }
    if (kept == null) {
      String python = System.getenv("MILLRACE_TEST_PYTHON");
      assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with transformers");
      Path made =
          Files.createTempDirectory(
              Path.of(System.getProperty("basedir", "."), "target"), "models");
      run(Objects.requireNonNull(python), "make", made.toString());
      kept = made;
    }
    return kept;
  }

  static void run(String python, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(python);
    command.add(
        Path.of(System.getProperty("basedir", "."), "src/test/python/models.py").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(printed).isZero();
  }

  private static String compare(Path folder, Path saved) {
    JsonNode about = Json.read(folder.resolve("parity.json"));
    boolean half = about.path("bf16").asBoolean();
    try (Pretrained model =
            Pretrained.open(folder, about.path("f32").asBoolean() ? DType.FLOAT32 : null);
        Scope scope = Scope.open();
        SafetensorsFile given = SafetensorsFile.open(folder.resolve("inputs.safetensors"));
        SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      Map<String, Tensor> inputs = new HashMap<>();
      given.names().stream()
          .filter(one -> !one.startsWith("left_"))
          .forEach(one -> inputs.put(one, given.tensor(one)));
      double tolerance = half ? HALF_TOLERANCE : TOLERANCE;
      // Behind a text, what is said of padding differs and matters to nobody.
      Tensor real = about.path("masked").asBoolean() ? inputs.get("attention_mask") : null;
      Map<String, Tensor> outputs = model.forward(new Inputs(inputs));
      for (String name : expected.names()) {
        Tensor output = outputs.get(name);
        if (expected.entry(name).dtype().isFloating() && !name.equals("logits_left_padded")) {
          if (output == null) {
            return name + " is not there";
          }
          double apart = FixturesTest.distance(output, expected.tensor(name), real);
          if (!(apart < tolerance)) {
            return name + " differs by " + apart;
          }
        }
      }
      if (expected.names().contains("logits_left_padded")) {
        Tensor mask = given.tensor("left_mask");
        Tensor padded =
            model
                .forward(
                    new Inputs(
                        Map.of("input_ids", given.tensor("left_ids"), "attention_mask", mask)))
                .get("logits");
        double apart = FixturesTest.distance(padded, expected.tensor("logits_left_padded"), mask);
        if (!(apart < tolerance)) {
          return "left padding differs by " + apart;
        }
      }
      model.save(saved);
      return null;
    } catch (RuntimeException e) {
      return e.toString();
    }
  }
}
