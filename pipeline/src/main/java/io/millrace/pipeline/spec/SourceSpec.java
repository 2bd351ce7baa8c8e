package io.millrace.pipeline.spec;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.OneOf;
import org.jspecify.annotations.Nullable;

/** Where rows come from; paths are relative to the spec's folder. */
@OneOf({
  SourceSpec.Csv.class,
  SourceSpec.Tsv.class,
  SourceSpec.Jsonl.class,
  SourceSpec.Parquet.class,
  SourceSpec.Idx.class,
  SourceSpec.Pictures.class,
  SourceSpec.Digits.class
})
public sealed interface SourceSpec {
  /** A tabular file. */
  sealed interface Tabular extends SourceSpec {
    /** The file's path. */
    String file();
  }

  /** Comma-separated values (also ; tab and |). */
  record Csv(String file) implements Tabular {}

  /** Tab-separated values. */
  record Tsv(String file) implements Tabular {}

  /** A JSON object a line. */
  record Jsonl(String file) implements Tabular {}

  /** Apache Parquet. */
  record Parquet(String file) implements Tabular {}

  /** IDX files as MNIST has them; with test files, those are held out instead of a split. */
  record Idx(String images, String labels, @Nullable String testImages, @Nullable String testLabels)
      implements SourceSpec {}

  /** A folder with one subfolder of PNG or JPEG pictures a class, scaled to one size. */
  record Pictures(String folder, int height, int width, @Default("false") boolean colour)
      implements SourceSpec {}

  /** The 10,000 digits that ship with Millrace; the last 2,000 are held out instead of a split. */
  record Digits() implements SourceSpec {}
}
