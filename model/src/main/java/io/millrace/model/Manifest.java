package io.millrace.model;

import io.millrace.ground.spec.Default;
import io.millrace.model.layer.LayerSpec;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a package holds: {@code millrace.yaml}.
 *
 * @param format the package format's version
 * @param name the model's name
 * @param task what the output means
 * @param input the shape of one row that the network reads
 * @param model the network
 * @param layers the network as the first packages wrote it, without {@code model}; only read
 */
public record Manifest(
    @Default("1") int format,
    String name,
    Task task,
    long[] input,
    @Nullable ModelSpec model,
    @Default("[]") List<LayerSpec> layers) {
  /** What a model's output means. */
  public enum Task {
    CLASSIFICATION,
    REGRESSION
  }

  /** Takes the network from either place. */
  public Manifest {
    model = model == null ? ModelSpec.of(new Sequential(layers)) : model;
    layers = List.of();
  }

  /** The manifest of a network. */
  public Manifest(String name, Task task, long[] input, Model model) {
    this(1, name, task, input, ModelSpec.of(model), List.of());
  }

  @Override
  public ModelSpec model() {
    return Objects.requireNonNull(model);
  }
}
