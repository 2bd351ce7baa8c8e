package io.millrace.pipeline.spec;

import io.millrace.data.text.Vocabulary;
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
  SourceSpec.Digits.class,
  SourceSpec.Text.class,
  SourceSpec.Arff.class,
  SourceSpec.Gaussians.class,
  SourceSpec.Stored.class
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

  /**
   * A text for a language model; its last part is held out.
   *
   * @param file UTF-8, also packed with gzip; {@code sonnets} for the text that ships with Millrace
   * @param level what a piece of the text is
   * @param length pieces a row
   * @param size at most so many different words; characters are all kept
   */
  record Text(
      String file,
      @Default("character") Vocabulary.Level level,
      @Default("64") int length,
      @Default("10000") int size)
      implements SourceSpec {}

  /** WEKA's attribute-relation format. */
  record Arff(String file) implements Tabular {}

  /**
   * Made-up classes whose best possible accuracy is known.
   *
   * @param classes how many
   * @param features numbers a row
   * @param distance how far the classes lie apart, in units of their spread
   * @param rows to learn from
   * @param test rows held out
   * @param seed of it all
   */
  record Gaussians(
      @Default("10") int classes,
      @Default("100") int features,
      @Default("0.25") double distance,
      @Default("20000") int rows,
      @Default("5000") int test,
      @Default("1") long seed)
      implements SourceSpec {}

  /** A safetensors file of rows that may be larger than memory. */
  record Stored(String file) implements SourceSpec {}
}
