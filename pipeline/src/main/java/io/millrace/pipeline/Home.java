package io.millrace.pipeline;

import java.nio.file.Path;

/**
 * The folder that holds all state: {@code MILLRACE_HOME}, or {@code .millrace} in the user's home.
 *
 * @param folder the folder
 */
public record Home(Path folder) {
  /** The folder that the environment names. */
  public static Home ofEnvironment() {
    String named = System.getenv("MILLRACE_HOME");
    return new Home(
        named != null && !named.isBlank()
            ? Path.of(named).toAbsolutePath()
            : Path.of(System.getProperty("user.home"), ".millrace"));
  }

  /** Where the package of this model lies. */
  public Path model(String name) {
    return folder.resolve("models").resolve(name);
  }

  /** What belongs to one run: report, checkpoint, result. */
  public Path run(String id) {
    return folder.resolve("runs").resolve(id);
  }

  /** Unpacked native libraries. */
  public Path natives() {
    return folder.resolve("natives");
  }
}
