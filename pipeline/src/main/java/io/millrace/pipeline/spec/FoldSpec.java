package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import org.jspecify.annotations.Nullable;

/**
 * Cross-validation: every training row is held out once.
 *
 * @param folds how many
 * @param by how rows are divided
 * @param column the column of classes, groups or times; classes need none where the target is one
 * @param seed of the choice
 */
public record FoldSpec(
    @Default("5") int folds,
    @Default("random") By by,
    @Nullable String column,
    @Default("1") long seed) {
  /** How rows are divided. */
  public enum By {
    RANDOM,
    /** Each class with its share in every fold. */
    STRATIFIED,
    /** Rows of one group together. */
    GROUP,
    /** Always from earlier rows to later ones. */
    TIME
  }
}
