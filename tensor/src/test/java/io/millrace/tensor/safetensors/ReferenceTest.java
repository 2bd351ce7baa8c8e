package io.millrace.tensor.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference implementation of safetensors reads what we write, and we read what it writes. */
class ReferenceTest {
  @TempDir private Path folder;

  @Test
  void bothWays() throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    Assumptions.assumeTrue(
        python != null, "needs MILLRACE_TEST_PYTHON: a Python with safetensors and numpy");
    Path ours = folder.resolve("ours.safetensors");
    Path theirs = folder.resolve("theirs.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          ours,
          Map.of(
              "f", Tensors.of(new float[] {1.5f, -2}, 2, 1),
              "l", Tensors.of(new long[] {1L << 40}, 1),
              "h", Tensors.of(new float[] {0.5f}, 1).to(DType.FLOAT16),
              "b", Tensors.of(new byte[] {1, 2, 3}, 3)),
          Map.of("who", "millrace"));
    }
    String script =
        """
        import sys, numpy as np
        from safetensors import safe_open
        from safetensors.numpy import save_file
        with safe_open(sys.argv[1], "np") as f:
            assert f.metadata() == {"who": "millrace"}, f.metadata()
            assert f.get_tensor("f").tolist() == [[1.5], [-2.0]]
            assert f.get_tensor("l").tolist() == [1 << 40]
            assert f.get_tensor("h").dtype == np.float16 and f.get_tensor("h").tolist() == [0.5]
            assert f.get_tensor("b").tolist() == [1, 2, 3]
        save_file({"x": np.arange(6, dtype=np.float64).reshape(2, 3), "y": np.array([True, False])}, sys.argv[2], {"who": "python"})
        """;
    Path file = Files.writeString(folder.resolve("check.py"), script);
    Process process =
        new ProcessBuilder(python, file.toString(), ours.toString(), theirs.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    try (Scope scope = Scope.open();
        SafetensorsFile read = SafetensorsFile.open(theirs)) {
      assertThat(read.metadata()).containsEntry("who", "python");
      assertThat(read.tensor("x").toDoubles()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(read.tensor("y").toBytes()).containsExactly(1, 0);
    }
  }
}
