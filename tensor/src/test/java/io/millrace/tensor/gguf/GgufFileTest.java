package io.millrace.tensor.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.message.Problem;
import io.millrace.tensor.Scope;
import io.millrace.tensor.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that the gguf package wrote, beside what it reads from them. */
class GgufFileTest {
  private static Path embedded() {
    return Path.of(Objects.requireNonNull(GgufFileTest.class.getResource("types.gguf")).getPath())
        .getParent();
  }

  private static void compare(Path folder) {
    try (Scope scope = Scope.open();
        GgufFile file = GgufFile.open(folder.resolve("types.gguf"));
        SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      assertThat(file.names()).hasSize(11).containsAll(expected.names());
      for (String name : expected.names()) {
        assertThat(file.type(name)).isEqualTo(name);
        assertThat(file.entry(name).shape()).isEqualTo(expected.entry(name).shape());
        assertThat(file.tensor(name).toFloats())
            .as(name)
            .isEqualTo(expected.tensor(name).toFloats());
      }
    }
  }

  @Test
  void everyTypeStandsForTheSameFloats() {
    compare(embedded());
  }

  @Test
  void everyTypeStandsForTheSameFloatsWithOtherNumbers(@TempDir Path folder) throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with gguf");
    for (int seed = 2; seed < 5; seed++) {
      Process made =
          new ProcessBuilder(
                  python,
                  Path.of(System.getProperty("basedir", "."), "src/test/python/gguf_types.py")
                      .toString(),
                  folder.toString(),
                  Integer.toString(seed))
              .inheritIO()
              .start();
      assertThat(made.waitFor()).isZero();
      compare(folder);
    }
  }

  @Test
  void saysWhatTheFileSays() {
    try (GgufFile file = GgufFile.open(embedded().resolve("types.gguf"))) {
      assertThat(file.text("text")).isEqualTo("水车 mill");
      assertThat(file.number("small")).isEqualTo(200);
      assertThat(file.number("large")).isEqualTo(-(1L << 40));
      assertThat(file.number("real")).isEqualTo(1e-6f);
      assertThat(file.number("double")).isEqualTo(0.1);
      assertThat(file.metadata().get("truth")).isEqualTo(true);
      assertThat(file.list("list")).isEqualTo(List.of("a", "", "磨"));
      assertThat(file.list("numbers")).isEqualTo(List.of(1.5f, -2f));
      assertThatThrownBy(() -> file.text("small")).isInstanceOf(GgufException.class);
      assertThatThrownBy(() -> file.tensor("none")).hasMessageContaining("none");
    }
  }

  /** Cut anywhere, and with bytes changed anywhere: a problem that is said, or floats. */
  @Test
  void brokenFilesAreSaid(@TempDir Path folder) throws Exception {
    byte[] whole = Files.readAllBytes(embedded().resolve("types.gguf"));
    Path broken = folder.resolve("broken.gguf");
    for (int length = 0; length < 1200; length += 7) {
      Files.write(broken, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> GgufFile.open(broken).close()).isInstanceOf(GgufException.class);
    }
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      byte[] changed = whole.clone();
      for (int j = 0; j <= random.nextInt(4); j++) {
        changed[random.nextInt(1200)] = (byte) random.nextInt();
      }
      Files.write(broken, changed);
      try (Scope scope = Scope.open();
          GgufFile file = GgufFile.open(broken)) {
        file.names().forEach(file::tensor);
      } catch (Problem e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
    assertThatThrownBy(() -> GgufFile.open(folder.resolve("absent.gguf")))
        .isInstanceOf(Problem.class);
  }
}
