package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import io.millrace.pipeline.PipelineException;
import org.jspecify.annotations.Nullable;

/**
 * What is held out for testing; at most one of the columns may be given.
 *
 * @param test the share held out; 0 for tables: none, and figures are those of the training rows
 * @param stratify a column whose values keep their shares in both parts
 * @param group a column whose rows of one value stay together
 * @param time a column: the latest rows are held out
 * @param seed of the choice
 */
public record SplitSpec(
    @Default("0.2") double test,
    @Nullable String stratify,
    @Nullable String group,
    @Nullable String time,
    @Default("1") long seed) {
  /** Checks that one way is chosen. */
  public SplitSpec {
    int ways = (stratify == null ? 0 : 1) + (group == null ? 0 : 1) + (time == null ? 0 : 1);
    if (ways > 1) {
      throw new PipelineException("split.ways");
    }
  }
}
