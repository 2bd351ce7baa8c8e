package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of single queries over keys and values that lie in blocks, bfloat16 [groups, blocks,
 * places of a block, size], read where they lie. Kwon et al. 2023 for the blocks; see {@link
 * RowKernels}.
 */
public final class PagedRows {
  /** Heads whose sums are kept at once. */
  private static final int HEADS = 4;

  /**
   * A query's text.
   *
   * @param table its blocks
   * @param from the first place that is looked at
   * @param to the place behind the last
   */
  public record Row(int[] table, int from, int to) {
    /** With a table of its own, which nobody changes while it is used. */
    public Row {
      table = table.clone();
    }
  }

  private final int blocks;
  private final int places;
  private final int groups;
  private final int size;
  private final int each;

  /** As many heads, or more, in whole fours; those that are too many look at nothing. */
  private final int heads;

  private PagedRows(Tensor memory, int each) {
    groups = Math.toIntExact(memory.size(0));
    blocks = Math.toIntExact(memory.size(1));
    places = Math.toIntExact(memory.size(2));
    size = Math.toIntExact(memory.size(3));
    this.each = each;
    heads = each < HEADS ? each : (each + HEADS - 1) / HEADS * HEADS;
  }

  /**
   * Puts a row of keys or values [groups · size] for each token into a memory.
   *
   * @param slots where: block · places of a block + place
   * @param given rows of {@code stride} numbers, of which the first is at {@code first}
   */
  public static void write(Tensor memory, int[] slots, float[] given, int first, int stride) {
    PagedRows rows = of(memory, 1);
    int width = rows.groups * rows.size;
    long slotsInAll = (long) rows.blocks * rows.places;
    for (int slot : slots) {
      require(slot >= 0 && slot < slotsInAll, "slot", slot, "below " + slotsInAll);
    }
    require(
        first >= 0
            && stride >= width
            && (slots.length == 0 || first + (slots.length - 1L) * stride + width <= given.length),
        "given",
        given.length,
        slots.length + " rows of " + stride + " numbers from " + first + " on");
    memory.ask(
        "write",
        h -> {
          try (var pointer = h.data_ptr()) {
            long bytes = 2L * rows.groups * slotsInAll * rows.size;
            MemorySegment all = MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
            for (int i = 0; i < slots.length; i++) {
              for (int group = 0; group < rows.groups; group++) {
                long to = (group * slotsInAll + slots[i]) * rows.size * 2;
                int at = first + i * stride + group * rows.size;
                for (int j = 0; j < rows.size; j++) {
                  all.set(ValueLayout.JAVA_SHORT, to + 2L * j, half(given[at + j]));
                }
              }
            }
            return true;
          }
        });
  }

  /** To the nearest, ties to even, as libtorch rounds. */
  private static short half(float value) {
    if (Float.isNaN(value)) {
      return 0x7FC0;
    }
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  /**
   * Attention of a query of each head for each row.
   *
   * @param queries [rows, groups · each · size], scaled
   * @param each heads of a group
   * @param result of the same shape
   */
  public static void look(
      Tensor keys, Tensor values, float[] queries, int each, List<Row> rows, float[] result) {
    PagedRows memory = of(keys, each);
    require(each > 0, "each", each, "at least 1");
    require(
        values.shape().equals(keys.shape()) && values.dtype() == keys.dtype(),
        "values",
        values.describe(),
        keys.describe());
    long numbers = (long) rows.size() * memory.groups * each * memory.size;
    require(queries.length >= numbers, "queries", queries.length, "at least " + numbers);
    require(result.length >= numbers, "result", result.length, "at least " + numbers);
    List<Row> own = List.copyOf(rows);
    own.forEach(memory::check);
    Call.ask(
        "look",
        List.of(keys, values),
        h -> {
          try (var key = h[0].data_ptr();
              var value = h[1].data_ptr()) {
            long k = key.address();
            long v = value.address();
            int parts = own.size() * memory.groups;
            float[][] shares = new float[parts][];
            // One after the other, not in one: what is compiled as one must stay small, or vectors
            // become objects.
            Helpers.each(
                parts, i -> shares[i] = memory.shares(k, i, own.get(i / memory.groups), queries));
            Helpers.each(
                parts, i -> memory.mix(v, i, own.get(i / memory.groups), shares[i], result));
            return true;
          }
        });
  }

  private static PagedRows of(Tensor memory, int each) {
    require(
        memory.rank() == 4
            && RowKernels.fit(memory.dtype(), memory.size(3))
            && memory.ask("look", h -> h.is_contiguous()),
        "memory",
        memory.describe(),
        "bfloat16 [groups, blocks, places, size], size in whole vectors, and vectors in Java");
    return new PagedRows(memory, each);
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    Call.require(holds, "look", name, value, expected);
  }

  private void check(Row row) {
    require(
        row.from >= 0 && row.from < row.to && row.to <= (long) row.table.length * places,
        "row",
        row.from + ".." + row.to,
        "places of " + row.table.length + " blocks of " + places);
    for (int block : row.table) {
      require(block >= 0 && block < blocks, "block", block, "below " + blocks);
    }
  }

  /** Where a block of a group begins. */
  private long block(long memory, int group, int block) {
    return memory + ((long) group * blocks + block) * places * size * 2;
  }

  /** How much each head of a part, a row's group, looks at each place: [heads, places]. */
  private float[] shares(long keys, int part, Row row, float[] queries) {
    int count = row.to - row.from;
    int at = part * each * size;
    float[] shares = new float[heads * count];
    for (int from = row.from; from < row.to; ) {
      int place = from % places;
      int some = Math.min(places - place, row.to - from);
      long first = block(keys, part % groups, row.table[from / places]) + 2L * place * size;
      scores(first, some, queries, at, shares, from - row.from, count);
      from += some;
    }
    for (int head = 0; head < each; head++) {
      softmax(shares, head * count, count);
    }
    return shares;
  }

  /** The values, each as much as it is looked at. */
  private void mix(long values, int part, Row row, float[] shares, float[] result) {
    int count = row.to - row.from;
    float[] sums = new float[heads * size];
    for (int from = row.from; from < row.to; ) {
      int place = from % places;
      int some = Math.min(places - place, row.to - from);
      long first = block(values, part % groups, row.table[from / places]) + 2L * place * size;
      mix(first, some, shares, from - row.from, count, sums);
      from += some;
    }
    System.arraycopy(sums, 0, result, part * each * size, each * size);
  }

  /** The products of some keys with the queries of all heads. */
  private void scores(
      long keys, int some, float[] queries, int at, float[] scores, int to, int stride) {
    if (each < HEADS) {
      for (int head = 0; head < each; head++) {
        one(keys, some, size, queries, at + head * size, scores, to + head * stride);
      }
    }
    for (int head = 0; head < each && each >= HEADS; head += HEADS) {
      int own = Math.min(head, each - HEADS); // the last four may be computed twice, alike
      four(keys, some, size, queries, at + own * size, scores, to + own * stride, stride);
    }
  }

  private static void one(
      long keys, int some, int size, float[] queries, int at, float[] scores, int to) {
    for (int i = 0; i < some; i++) {
      long key = keys + 2L * i * size;
      FloatVector a = FloatVector.zero(Lanes.FLOATS);
      for (int c = 0; c < size; c += Lanes.WIDTH) {
        a = Lanes.halves(key + 2L * c).fma(vector(queries, at + c), a);
      }
      scores[to + i] = Lanes.sum(a);
    }
  }

  private static void four(
      long keys, int some, int size, float[] queries, int at, float[] scores, int to, int stride) {
    for (int i = 0; i < some; i++) {
      long key = keys + 2L * i * size;
      FloatVector a = FloatVector.zero(Lanes.FLOATS);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      for (int j = 0; j < size; j += Lanes.WIDTH) {
        FloatVector k = Lanes.halves(key + 2L * j);
        a = k.fma(vector(queries, at + j), a);
        b = k.fma(vector(queries, at + size + j), b);
        c = k.fma(vector(queries, at + 2 * size + j), c);
        d = k.fma(vector(queries, at + 3 * size + j), d);
      }
      scores[to + i] = Lanes.sum(a);
      scores[to + stride + i] = Lanes.sum(b);
      scores[to + 2 * stride + i] = Lanes.sum(c);
      scores[to + 3 * stride + i] = Lanes.sum(d);
    }
  }

  private static void softmax(float[] x, int from, int count) {
    float most = Float.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      most = Math.max(most, x[i]);
    }
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    for (int i = 0; i < count; i += Lanes.WIDTH) {
      var some = Lanes.FLOATS.indexInRange(i, count);
      FloatVector e = Lanes.exp(FloatVector.fromArray(Lanes.FLOATS, x, from + i, some).sub(most));
      e.intoArray(x, from + i, some);
      sums = sums.add(e, some);
    }
    float factor = 1 / Lanes.sum(sums);
    for (int i = from; i < from + count; i++) {
      x[i] *= factor;
    }
  }

  /** Adds some values, as much of each as each head looks at it. */
  private void mix(long values, int some, float[] shares, int from, int stride, float[] sums) {
    for (int c = 0; c < size; c += Lanes.WIDTH) {
      long value = values + 2L * c;
      int head = 0;
      for (; head + HEADS <= heads; head += HEADS) {
        mixFour(value, some, size, shares, from + head * stride, stride, sums, head * size + c);
      }
      for (; head < heads; head++) {
        mixOne(value, some, size, shares, from + head * stride, sums, head * size + c);
      }
    }
  }

  private static void mixOne(
      long value, int some, int size, float[] shares, int from, float[] result, int to) {
    FloatVector a = vector(result, to);
    for (int i = 0; i < some; i++) {
      a = Lanes.halves(value + 2L * i * size).fma(share(shares, from + i), a);
    }
    a.intoArray(result, to);
  }

  private static void mixFour(
      long value,
      int some,
      int size,
      float[] shares,
      int from,
      int stride,
      float[] result,
      int to) {
    FloatVector a = vector(result, to);
    FloatVector b = vector(result, to + size);
    FloatVector c = vector(result, to + 2 * size);
    FloatVector d = vector(result, to + 3 * size);
    for (int i = 0; i < some; i++) {
      FloatVector v = Lanes.halves(value + 2L * i * size);
      a = v.fma(share(shares, from + i), a);
      b = v.fma(share(shares, from + stride + i), b);
      c = v.fma(share(shares, from + 2 * stride + i), c);
      d = v.fma(share(shares, from + 3 * stride + i), d);
    }
    a.intoArray(result, to);
    b.intoArray(result, to + size);
    c.intoArray(result, to + 2 * size);
    d.intoArray(result, to + 3 * size);
  }

  private static FloatVector vector(float[] values, int at) {
    return FloatVector.fromArray(Lanes.FLOATS, values, at);
  }

  private static FloatVector share(float[] shares, int at) {
    return FloatVector.broadcast(Lanes.FLOATS, shares[at]);
  }
}
