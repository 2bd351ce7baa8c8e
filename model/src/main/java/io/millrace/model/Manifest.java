package io.millrace.model;

import io.millrace.ground.spec.Default;
import java.util.List;

/**
 * What a package holds: {@code millrace.yaml}.
 *
 * @param format the package format's version
 * @param name the model's name
 * @param task what the output means
 * @param input the shape of one row that the network reads
 * @param layers the network
 */
public record Manifest(
    @Default("1") int format,
    String name,
    Task task,
    long[] input,
    List<io.millrace.model.layer.LayerSpec> layers) {
  /** What a model's output means. */
  public enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  /** The network's description. */
  public Sequential sequential() {
    return new Sequential(layers);
  }
}
