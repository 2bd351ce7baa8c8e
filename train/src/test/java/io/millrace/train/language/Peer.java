package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Objects;

/** Runs a Python script beside the tests; without Python the test skips. */
final class Peer {
  private Peer() {}

  static void run(String script, String needs, Path folder) throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with " + needs);
    Process process =
        new ProcessBuilder(
                Objects.requireNonNull(python),
                Path.of(System.getProperty("basedir", "."), "src/test/python", script).toString(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(printed).isZero();
  }
}
