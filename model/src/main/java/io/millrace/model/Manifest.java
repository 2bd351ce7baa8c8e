package io.millrace.model;

import io.millrace.ground.spec.Default;

/**
 * What a package holds: {@code millrace.yaml}.
 *
 * @param format the package format's version
 * @param name the model's name
 * @param task what the output means
 * @param input the shape of one row that the network reads
 * @param model the network
 */
public record Manifest(
    @Default("1") int format, String name, Task task, long[] input, ModelSpec model) {
  /** What a model's output means. */
  public enum Task {
    CLASSIFICATION,
    REGRESSION
  }
}
