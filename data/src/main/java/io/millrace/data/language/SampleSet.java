package io.millrace.data.language;

import io.millrace.data.DataException;
import java.util.ArrayList;
import java.util.List;

/**
 * Samples that fit, and what was done about those that do not.
 *
 * @param samples at most as long as a row
 * @param leftOut how many longer ones were left out
 * @param cut how many longer ones lost their end
 */
public record SampleSet(List<Sample> samples, int leftOut, int cut) {
  /** What is done about samples that are longer than a row. */
  public enum Longer {
    /** They are refused. */
    REFUSE,
    /** They are left out, and counted. */
    LEAVE_OUT,
    /** They lose their end, and are counted. */
    CUT
  }

  /**
   * Takes what fits.
   *
   * @param width the longest row
   * @throws DataException if nothing is left, or nothing or everything of it is learned
   */
  public static SampleSet of(List<Sample> all, int width, Longer longer, boolean conversations) {
    List<Sample> fitting = new ArrayList<>();
    int leftOut = 0;
    int cut = 0;
    for (Sample sample : all) {
      int length = sample.ids().length;
      if (length <= width) {
        fitting.add(sample);
      } else if (longer == Longer.CUT && sample.part(0, width).learned() > 0) {
        fitting.add(sample.part(0, width));
        cut++;
      } else if (longer == Longer.REFUSE) {
        throw new DataException("sample.long", length, width);
      } else {
        leftOut++;
      }
    }
    if (fitting.isEmpty()) {
      throw new DataException("samples.long", all.size(), width);
    }
    long tokens = fitting.stream().mapToLong(sample -> sample.ids().length).sum();
    long learned = fitting.stream().mapToLong(Sample::learned).sum();
    long marked = 0;
    for (Sample sample : fitting) {
      for (boolean one : sample.trained()) {
        marked += one ? 1 : 0;
      }
    }
    if (learned == 0) {
      throw new DataException("samples.unlearned", tokens);
    }
    if (conversations && marked == tokens) {
      throw new DataException("samples.all", tokens);
    }
    return new SampleSet(fitting, leftOut, cut);
  }

  /** Tokens in all samples. */
  public long tokens() {
    return samples.stream().mapToLong(sample -> sample.ids().length).sum();
  }

  /** Tokens that are learned. */
  public long learned() {
    return samples.stream().mapToLong(Sample::learned).sum();
  }
}
