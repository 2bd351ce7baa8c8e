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
 * @param split what is held out for testing
 */
public record DataSpec(
    SourceSpec source,
    @Nullable String target,
    Manifest.@Nullable Task task,
    @Default("[]") List<String> drop,
    @Default("[]") List<String> text,
    @Default("{}") SplitSpec split) {}
