package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The Java peer: a Maven project of its own under {@code benchmarks/djl}, built on first use. */
final class Djl {
  private Djl() {}

  static @Nullable Side side(Path data, Consumer<String> told) {
    Path project = Path.of(System.getProperty("millrace.checkout", "."), "benchmarks", "djl");
    if (!Files.exists(project.resolve("pom.xml"))) {
      return null;
    }
    Path classpath = project.resolve("target").resolve("classpath");
    try {
      told.accept("building benchmarks/djl");
      ProcessBuilder command =
          new ProcessBuilder(
                  "mvn",
                  "-q",
                  "-B",
                  "-f",
                  project.resolve("pom.xml").toString(),
                  "compile",
                  "dependency:build-classpath",
                  "-Dmdep.outputFile=" + classpath)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD);
      command.environment().put("JAVA_HOME", System.getProperty("java.home"));
      Process build = command.start();
      if (build.waitFor() != 0) {
        throw new BenchmarkException("djl.build", project);
      }
      return new Side(
          "DJL 0.35",
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
              "-cp",
              project.resolve("target").resolve("classes")
                  + ":"
                  + Files.readString(classpath).strip(),
              "Perceptron",
              data.toString()));
    } catch (IOException e) {
      throw new BenchmarkException("djl.build", project);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("djl.build", project);
    }
  }
}
