package io.millrace.data.language;

import io.millrace.data.DataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Samples in memory, in a new order every epoch: one in each row, or as many as fit, longest first
 * where most room is just enough (best fit). Nothing is cut and nothing left out.
 */
public final class PackedSamples implements TokenRows {
  private final List<Sample> samples;
  private final int width;
  private final boolean packed;
  private final long seed;
  private final List<int[]> bins;
  private final EpochOrder order;

  /**
   * Rows of these samples.
   *
   * @param width the longest row
   * @param packed whether a row takes several samples
   * @throws DataException if a sample is longer than a row
   */
  public PackedSamples(List<Sample> samples, int width, boolean packed, long seed) {
    if (samples.isEmpty()) {
      throw new DataException("samples.none");
    }
    this.samples = List.copyOf(samples);
    this.width = width;
    this.packed = packed;
    this.seed = seed;
    int longest = samples.stream().mapToInt(sample -> sample.ids().length).max().orElseThrow();
    if (longest > width) {
      throw new DataException("sample.long", longest, width);
    }
    this.bins = packed ? bins() : List.of();
    this.order = new EpochOrder(count(), seed);
  }

  private List<int[]> bins() {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingInt((Integer i) -> -samples.get(i).ids().length));
    List<List<Integer>> rows = new ArrayList<>();
    TreeMap<Integer, List<Integer>> byRoom = new TreeMap<>();
    for (int sample : order) {
      int length = samples.get(sample).ids().length;
      var fits = byRoom.ceilingEntry(length);
      int row;
      int room;
      if (fits == null) {
        row = rows.size();
        room = width;
        rows.add(new ArrayList<>());
      } else {
        room = fits.getKey();
        row = fits.getValue().removeLast();
        if (fits.getValue().isEmpty()) {
          byRoom.remove(room);
        }
      }
      rows.get(row).add(sample);
      byRoom.computeIfAbsent(room - length, any -> new ArrayList<>()).add(row);
    }
    return rows.stream().map(row -> row.stream().mapToInt(Integer::intValue).toArray()).toList();
  }

  @Override
  public int count() {
    return packed ? bins.size() : samples.size();
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public TokenRow row(int epoch, int index) {
    int place = order.at(epoch, index);
    int[] chosen = packed ? bins.get(place) : new int[] {place};
    List<Sample> some = Arrays.stream(chosen).mapToObj(samples::get).toList();
    return TokenRow.of(some, some.stream().mapToInt(sample -> sample.ids().length).sum());
  }

  @Override
  public String description() {
    long tokens = samples.stream().mapToLong(sample -> sample.ids().length).sum();
    return samples.size()
        + " samples, "
        + tokens
        + " tokens, rows of "
        + width
        + (packed ? ", packed" : "")
        + ", seed "
        + seed;
  }
}
