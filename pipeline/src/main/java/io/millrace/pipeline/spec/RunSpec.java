package io.millrace.pipeline.spec;

import io.millrace.data.prepare.Transform;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.SpecReader;
import io.millrace.model.ModelSpec;
import io.millrace.pipeline.PipelineException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a run needs, from file to model.
 *
 * @param name letters, digits, dot, dash, underscore; the model gets it
 * @param seed of weights, data order and dropout
 * @param data where rows come from and how they are split
 * @param prepare what is done to them, fitted on training rows
 * @param model the network
 * @param train how it is trained
 * @param crossValidate how training rows are tested fold by fold before the model is made; absent:
 *     not at all
 * @param search which settings are tried before the model is made; absent: none
 * @param evaluate what is measured and explained
 */
public record RunSpec(
    String name,
    @Default("1") long seed,
    DataSpec data,
    @Default("[]") List<Transform> prepare,
    ModelSpec model,
    @Default("{}") TrainSpec train,
    @Nullable FoldSpec crossValidate,
    @Nullable SearchSpec search,
    @Default("{}") EvaluateSpec evaluate) {
  /** Checks the name, which becomes a folder and a part of URLs. */
  public RunSpec {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new PipelineException("name", name);
    }
    prepare = List.copyOf(prepare);
  }

  /** This spec without its search. */
  public RunSpec withoutSearch() {
    return new RunSpec(name, seed, data, prepare, model, train, crossValidate, null, evaluate);
  }

  /**
   * Reads a YAML file.
   *
   * @param settings {@code key.key=value} texts that replace values
   */
  public static RunSpec read(Path file, List<String> settings) {
    return SpecReader.read(file, RunSpec.class, settings);
  }
}
