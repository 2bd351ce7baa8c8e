package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import io.millrace.model.Manifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The data.
 *
 * @param source where rows come from
 * @param target the column to predict; tables need one, other sources bring their classes
 * @param task what the target is; absent, a text column is a class and a number is a number
 * @param drop columns to leave out
 * @param text columns that are text even where they look like numbers
 * @param weight a column that says how much each row counts; not an input
 * @param windows cuts a series into windows and what comes after; the last steps are held out
 * @param scaleTarget whether training sees numbers to predict at mean 0 and deviation 1; the model
 *     says them in their own unit
 * @param split what is held out for testing
 */
public record DataSpec(
    SourceSpec source,
    @Nullable String target,
    Manifest.@Nullable Task task,
    @Default("[]") List<String> drop,
    @Default("[]") List<String> text,
    @Nullable String weight,
    @Nullable WindowSpec windows,
    @Default("false") boolean scaleTarget,
    @Default("{}") SplitSpec split) {
  /**
   * Windows of a series.
   *
   * @param length steps that the network sees
   * @param horizon steps ahead that it says
   * @param stride steps from one window to the next
   */
  public record WindowSpec(
      @Default("24") int length, @Default("1") int horizon, @Default("1") int stride) {}
}
