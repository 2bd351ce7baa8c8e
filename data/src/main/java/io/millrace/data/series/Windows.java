package io.millrace.data.series;

import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * How a series is cut: each row of a data set is {@code length} steps, its targets the {@code
 * horizon} steps after them.
 *
 * @param length steps that the network sees, at least 1
 * @param horizon steps that it is to say, at least 1
 * @param stride steps from one window to the next, at least 1
 */
public record Windows(int length, int horizon, int stride) {
  /** Checks the numbers. */
  public Windows {
    if (length < 1 || horizon < 1 || stride < 1) {
      throw new DataException("windows.range", length, horizon, stride);
    }
  }

  /**
   * The windows whose targets lie in a part of a series. Inputs may reach back before the part:
   * what was before is known when the forecast is made.
   *
   * @param name what the data is
   * @param series [steps, features], one step after another; not copied
   * @param features numbers a step
   * @param targets the series of numbers to say, one a step
   * @param target its name
   * @param from the first step whose number may be a target
   * @param to the step behind the last
   * @throws DataException if no window fits
   */
  public Dataset dataset(
      String name, float[] series, int features, float[] targets, String target, int from, int to) {
    List<Integer> starts = new ArrayList<>();
    for (int start = Math.max(0, from - length); start + length + horizon <= to; start += stride) {
      starts.add(start);
    }
    if (starts.isEmpty()) {
      throw new DataException("windows.none", name, to - from, length, horizon);
    }
    int[] places = starts.stream().mapToInt(Integer::intValue).toArray();
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= horizon; i++) {
      names.add(target + "+" + i);
    }
    return new Dataset(
        name,
        new Slices(series, places, 0, length, features),
        new Targets.Numbers(flat(new Slices(targets, places, length, horizon, 1)), names));
  }

  private static Rows flat(Slices slices) {
    return new Slices(slices.series, slices.starts, slices.after, slices.steps, 0);
  }

  /**
   * Rows that are stretches of one array; {@code features} 0 means a flat row of one number a step.
   */
  private record Slices(float[] series, int[] starts, int after, int steps, int features)
      implements Rows {
    private int width() {
      return Math.max(1, features);
    }

    @Override
    public int count() {
      return starts.length;
    }

    @Override
    public Shape shape() {
      return features == 0 ? Shape.of(steps) : Shape.of(steps, features);
    }

    @Override
    public boolean isInMemory() {
      return true;
    }

    @Override
    public void copy(int row, float[] target, int offset) {
      System.arraycopy(series, (starts[row] + after) * width(), target, offset, steps * width());
    }
  }
}
