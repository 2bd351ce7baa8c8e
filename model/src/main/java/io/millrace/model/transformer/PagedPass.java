package io.millrace.model.transformer;

import io.millrace.tensor.Attention;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Operators;
import io.millrace.tensor.PagedRows;
import io.millrace.tensor.RowKernels;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the layers share in a pass over tokens of several texts. Each text looks at its own blocks
 * with shapes that depend on it alone, a block of queries at a time counted from its beginning: so
 * its numbers are the same, bit for bit, whatever else is computed beside it and however its prompt
 * is cut. Tokens that are written look one by one, so that several at once, guessed, give what each
 * would have given in a step of its own.
 */
final class PagedPass {
  /** Queries of one text that look together: [from, from + count) of the pass, keys up to span. */
  private record Queries(int from, int count, int first, int span) {}

  /**
   * @param consecutive whether its blocks lie one behind the other
   */
  private record Text(
      int[] blocks, Tensor table, boolean consecutive, int length, List<Queries> queries) {
    /** Places in its blocks. */
    long room() {
      return (long) blocks.length * PagedCache.BLOCK;
    }
  }

  private final List<Text> texts = new ArrayList<>();
  private final int[] places;
  private final Tensor slots;
  private final int tokens;
  private final int rows;
  private final DType dtype;
  private final boolean writes;
  private final Map<Integer, List<Tensor>> looks = new HashMap<>();

  private final Map<Integer, List<PagedRows.Row>> looking = new HashMap<>();

  /** The rows of the texts of each adapter. */
  private final Map<Changes, Tensor> changed = new LinkedHashMap<>();

  /**
   * @param rows of the pass, those behind the last text's tokens are padding
   */
  PagedPass(List<PagedSequence.Part> parts, int rows, DType dtype) {
    this.rows = rows;
    this.dtype = dtype;
    this.writes = parts.stream().allMatch(part -> part.writes());
    tokens = parts.stream().mapToInt(PagedSequence.Part::tokens).sum();
    places = new int[tokens];
    int at = 0;
    for (PagedSequence.Part part : parts) {
      PagedSequence text = part.sequence();
      int end = text.length() + part.tokens();
      int blocks = PagedCache.blocksFor(end);
      int[] table = text.table().stream().limit(blocks).mapToInt(Integer::intValue).toArray();
      List<Queries> queries = new ArrayList<>();
      for (int i = text.length(); i < end; ) {
        int span = (i / PagedCache.BLOCK + 1) * PagedCache.BLOCK;
        int next = part.writes() ? i + 1 : Math.min(end, span);
        queries.add(new Queries(at + i - text.length(), next - i, i, span));
        i = next;
      }
      for (int i = 0; i < part.tokens(); i++) {
        int place = text.length() + i;
        places[at + i] =
            table[place / PagedCache.BLOCK] * PagedCache.BLOCK + place % PagedCache.BLOCK;
      }
      boolean consecutive = true;
      for (int i = 1; i < blocks; i++) {
        consecutive &= table[i] == table[i - 1] + 1;
      }
      Tensor list = Tensors.of(Arrays.stream(table).asLongStream().toArray(), blocks);
      texts.add(new Text(table, list, consecutive, end, queries));
      at += part.tokens();
    }
    slots = Tensors.of(Arrays.stream(places).asLongStream().toArray(), tokens);
    changed(parts).forEach((changes, own) -> changed.put(changes, index(own)));
  }

  private static Map<Changes, List<Long>> changed(List<PagedSequence.Part> parts) {
    Map<Changes, List<Long>> each = new LinkedHashMap<>();
    long row = 0;
    for (PagedSequence.Part part : parts) {
      for (int i = 0; i < part.tokens(); i++, row++) {
        if (part.changes() != null) {
          each.computeIfAbsent(part.changes(), any -> new ArrayList<>()).add(row);
        }
      }
    }
    return each;
  }

  private static Tensor index(List<Long> rows) {
    return Tensors.of(rows.stream().mapToLong(Long::longValue).toArray(), rows.size());
  }

  /** Makes what hides tokens, for all layers, in the current scope. */
  void prepare(List<BlockSpec> blocks) {
    for (BlockSpec block : blocks) {
      looks.computeIfAbsent(window(block.attention()), this::biases);
    }
  }

  private static int window(BlockSpec.Attention spec) {
    return spec.window() == null ? 0 : spec.window();
  }

  /** A product, in few bits where texts are written and the model has them; x [1, rows, in]. */
  Tensor product(Projection projection, Tensor x) {
    Tensor y = writes ? projection.write(x) : projection.apply(x);
    return changes(projection)
        ? changed(projection, x.select(0, 0), y.select(0, 0)).unsqueeze(0)
        : y;
  }

  /** Whether a text of this pass has an adapter that changes a product. */
  boolean changes(Projection projection) {
    return changed.keySet().stream().anyMatch(one -> one.touches(projection));
  }

  /**
   * A product with what each text's adapter changes.
   *
   * @param x [rows, in]
   * @param y [rows, out], without the changes; those rows are overwritten
   */
  Tensor changed(Projection projection, Tensor x, Tensor y) {
    changed.forEach(
        (changes, own) -> {
          if (changes.touches(projection)) {
            Tensor some = changes.apply(projection, x.indexSelect(0, own), y.indexSelect(0, own));
            Operators.call("aten::index_copy_", y, 0, own, some);
          }
        });
    return y;
  }

  /** Puts the keys or values [1, rows, groups, size] of the pass into a layer's memory. */
  void write(Tensor memory, Tensor given) {
    try (Scope scope = Scope.open()) {
      Tensor places =
          memory.reshape(
              memory.size(0), memory.size(1) * PagedCache.BLOCK, memory.size(3)); // a view
      Tensor own = given.select(0, 0).narrow(0, 0, tokens).transpose(0, 1);
      Operators.call("aten::index_copy_", places, 1, slots, own);
    }
  }

  /**
   * Attention of all queries, each to its own text.
   *
   * @param query [1, rows, heads, size]
   * @return [1, rows, heads · size]
   */
  Tensor attend(Tensor query, PagedCache.Layer layer, BlockSpec.Attention spec) {
    List<Tensor> results = new ArrayList<>();
    long width = (long) spec.heads() * spec.size();
    Attention.Looking looking = new Attention.Looking(spec.scale(), spec.cap(), false, 0);
    List<Tensor> biases = Objects.requireNonNull(looks.get(window(spec)));
    int next = 0;
    for (Text text : texts) {
      Tensor keys = gathered(layer.keys(), text);
      Tensor values = gathered(layer.values(), text);
      for (Queries some : text.queries) {
        Tensor own = query.narrow(1, some.from, some.count).transpose(1, 2);
        Tensor seen =
            Attention.grouped(
                own,
                keys.narrow(2, 0, some.span),
                values.narrow(2, 0, some.span),
                biases.get(next++),
                looking);
        results.add(seen.transpose(1, 2).reshape(1, some.count, width));
      }
    }
    if (rows > tokens) {
      results.add(Tensors.zeros(dtype, 1, rows - tokens, width));
    }
    return results.size() == 1 ? results.getFirst() : Tensor.concat(results, 1);
  }

  /**
   * Puts the keys or values of single tokens into a layer's memory.
   *
   * @param given rows of {@code stride} numbers, [groups · size] of each from {@code first} on
   */
  void write(Tensor memory, float[] given, int first, int stride) {
    if (RowKernels.fit(memory.dtype(), memory.size(3))) {
      PagedRows.write(memory, places, given, first, stride);
      return;
    }
    int width = Math.toIntExact(memory.size(0) * memory.size(3));
    float[] own = new float[tokens * width];
    for (int row = 0; row < tokens; row++) {
      System.arraycopy(given, first + row * stride, own, row * width, width);
    }
    write(memory, Tensors.of(own, 1, tokens, memory.size(0), memory.size(3)).to(memory.dtype()));
  }

  /**
   * Attention of single queries, one for each token, in float32.
   *
   * @param queries [tokens, heads · size], scaled
   * @param result takes as many numbers
   */
  void look(float[] queries, PagedCache.Layer layer, BlockSpec.Attention spec, float[] result) {
    int each = spec.heads() / spec.groups();
    if (RowKernels.fit(layer.keys().dtype(), spec.size())) {
      List<PagedRows.Row> rows =
          looking.computeIfAbsent(
              window(spec),
              any ->
                  texts.stream()
                      .flatMap(
                          text ->
                              text.queries.stream()
                                  .map(
                                      one ->
                                          new PagedRows.Row(
                                              text.blocks, since(spec, one.first), one.first + 1)))
                      .toList());
      PagedRows.look(layer.keys(), layer.values(), queries, each, rows, result);
      return;
    }
    Tensor query = Tensors.of(queries, (long) tokens * spec.groups(), each, spec.size());
    float[] seen = look(query, layer, spec).toFloats();
    System.arraycopy(seen, 0, result, 0, seen.length);
  }

  /** The same by libtorch: for so few numbers plain products, not the kernel for many queries. */
  private Tensor look(Tensor query, PagedCache.Layer layer, BlockSpec.Attention spec) {
    List<Tensor> results = new ArrayList<>();
    int groups = spec.groups();
    for (Text text : texts) {
      int first = since(spec, text.queries.getFirst().first);
      Tensor keys = seen(layer.keys(), text, first);
      Tensor values = seen(layer.values(), text, first);
      for (Queries one : text.queries) {
        int from = since(spec, one.first);
        long count = one.first + 1L - from;
        Tensor own = query.narrow(0, (long) one.from * groups, groups);
        Tensor looked = own.matmul(keys.narrow(1, from - first, count).transpose(1, 2));
        Tensor shares = Neural.softmax(looked, 2);
        results.add(shares.matmul(values.narrow(1, from - first, count)));
      }
    }
    Tensor all = results.size() == 1 ? results.getFirst() : Tensor.concat(results, 0);
    return all.reshape(tokens, (long) spec.heads() * spec.size());
  }

  /** The first place that a window leaves to a token. */
  private static int since(BlockSpec.Attention spec, int place) {
    return spec.window() == null ? 0 : Math.max(0, place + 1 - spec.window());
  }

  /** A text's keys or values from a place on, float32 [groups, length, size]. */
  private static Tensor seen(Tensor memory, Text text, int from) {
    Tensor blocks =
        text.consecutive
            ? memory.narrow(1, text.blocks[0], text.blocks.length)
            : memory.indexSelect(1, text.table);
    return blocks
        .reshape(memory.size(0), text.room(), memory.size(3))
        .narrow(1, from, text.length - from)
        .to(DType.FLOAT32);
  }

  private static Tensor gathered(Tensor memory, Text text) {
    return memory
        .indexSelect(1, text.table)
        .reshape(1, memory.size(0), text.room(), memory.size(3));
  }

  /** For each group of queries what hides later tokens, and those beyond a window. */
  private List<Tensor> biases(int window) {
    List<Tensor> all = new ArrayList<>();
    for (Text text : texts) {
      for (Queries some : text.queries) {
        Tensor query = Tensors.range(some.count).add(some.first).reshape(some.count, 1);
        Tensor key = Tensors.range(some.span).reshape(1, some.span);
        Tensor allowed = key.gt(query).not();
        if (window > 0) {
          Tensor none = Tensors.zeros(DType.BOOL, 1);
          allowed = allowed.where(key.gt(query.sub(window)), none);
        }
        all.add(Attention.forbid(allowed, dtype).reshape(1, 1, some.count, some.span));
      }
    }
    return all;
  }
}
