package io.millrace.model.transformer;

import io.millrace.model.layer.Layer;
import io.millrace.tensor.Attention;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Blocks one after another, with what they share: masks, rotations, relative positions. */
public final class Stack {
  /**
   * What a stack is made of.
   *
   * @param last normalization after the last block; absent: none
   * @param relative buckets of relative positions; absent: none
   * @param memory the size of the states of the encoder that the blocks look at; 0: none
   */
  public record Spec(
      List<BlockSpec> blocks, @Nullable Norm last, @Nullable Relative relative, int memory) {
    /** Blocks that look at themselves only. */
    public Spec(List<BlockSpec> blocks, @Nullable Norm last) {
      this(blocks, last, null, 0);
    }
  }

  /**
   * Buckets of relative positions; see {@link RelativeBias}.
   *
   * @param buckets how many
   * @param farthest distances from here on share the last bucket
   * @param bothWays whether later tokens have buckets too
   */
  public record Relative(int buckets, int farthest, boolean bothWays) {}

  /**
   * Which tokens are real and where they stand.
   *
   * @param positions int64 [batch or 1, time]: what rotary positions turn by
   * @param longest the largest position and 1
   * @param real booleans [batch, keys], those read before included; absent: all
   * @param texts int64 [batch, time]: which of several texts in a row a token belongs to; they do
   *     not see each other; absent: a row is one text
   */
  public record Places(
      Tensor positions, long longest, @Nullable Tensor real, @Nullable Tensor texts) {
    /** Rows of one text each. */
    public Places(Tensor positions, long longest, @Nullable Tensor real) {
      this(positions, longest, real, null);
    }

    /** Tokens without padding, from number {@code first} on. */
    public static Places from(long first, long time) {
      return new Places(Tensors.range(time).add(first).reshape(1, time), first + time, null);
    }
  }

  /**
   * An encoder's states for a decoder.
   *
   * @param states [batch, time, size]
   * @param real booleans [batch, time]; absent: all
   */
  public record Memory(Tensor states, @Nullable Tensor real) {}

  private final Spec spec;
  private final List<Block> blocks = new ArrayList<>();
  private final List<NarrowBlock> narrow = new ArrayList<>();
  private Rows.@Nullable Norm narrowLast;
  private final Norm.@Nullable Layer last;
  private final @Nullable RelativeBias relative;

  /** Takes the weights of all blocks. */
  public Stack(Spec spec, Source source) {
    this.spec = spec;
    for (int i = 0; i < spec.blocks.size(); i++) {
      blocks.add(
          new Block(spec.blocks.get(i), spec.memory, source.inside("blocks").inside("" + i)));
    }
    int hidden = spec.blocks.getFirst().hidden();
    last = spec.last == null ? null : spec.last.build(source.inside("norm"), hidden);
    Relative buckets = spec.relative;
    relative =
        buckets == null
            ? null
            : new RelativeBias(
                buckets, spec.blocks.getFirst().attention().heads(), source.inside("relative"));
  }

  /** What this is made of. */
  public Spec spec() {
    return spec;
  }

  /**
   * Runs the blocks.
   *
   * @param x [batch, time, hidden]
   * @param cache what was read before, to which these tokens are added; absent: nothing
   * @param memory what a decoder looks at; absent in other stacks
   * @return [batch, time, hidden]
   */
  public Tensor forward(
      Tensor x, Places places, @Nullable Cache cache, @Nullable Memory memory, Layer.Pass pass) {
    return forward(x, places, cache, memory, false, pass);
  }

  /**
   * Runs the blocks for the last place alone: in the last block the others are only looked at.
   *
   * @return [batch, 1, hidden]
   */
  public Tensor last(
      Tensor x, Places places, @Nullable Cache cache, @Nullable Memory memory, Layer.Pass pass) {
    return forward(x, places, cache, memory, true, pass);
  }

  private Tensor forward(
      Tensor x,
      Places places,
      @Nullable Cache kept,
      @Nullable Memory memory,
      boolean lastOnly,
      Layer.Pass pass) {
    KeyValueCache cache = (KeyValueCache) kept;
    Map<Rope, Rope.Rotation> rotations = new HashMap<>();
    Map<List<Object>, Attending.Look> looks = new HashMap<>();
    Block.Memory seen = memory == null ? null : new Block.Memory(memory.states, across(memory, x));
    Tensor y = x;
    for (int i = 0; i < blocks.size(); i++) {
      BlockSpec.Attention attention = spec.blocks.get(i).attention();
      Rope rope = attention.rope();
      Rope.Rotation rotation =
          rope == null
              ? null
              : rotations.computeIfAbsent(
                  rope, one -> one.at(places.positions, places.longest, x.dtype()));
      KeyValues layer = cache == null ? null : cache.layer(i);
      long first = layer == null ? 0 : layer.first();
      long read = cache == null ? 0 : cache.length();
      // In half precision kernels are made for each length: many steps share one.
      boolean rounded = x.size(1) == 1 && places.real == null && attention.causal() && isHalf(x);
      long keys = layer == null ? x.size(1) : layer.span(x.size(1), rounded);
      List<Object> kind =
          List.of(
              attention.causal(), attention.window() == null ? 0 : attention.window(), first, keys);
      Attending.Look look =
          looks.computeIfAbsent(kind, any -> look(attention, x, places, first, read, keys));
      long from = lastOnly && i == blocks.size() - 1 ? x.size(1) - 1 : 0;
      y = blocks.get(i).forward(y, rotation, look, layer, seen, from, pass);
    }
    if (cache != null) {
      cache.advance(x.size(1));
    }
    return last == null ? y : last.apply(y);
  }

  /** All products of the blocks. */
  public List<Projection> projections() {
    return blocks.stream().flatMap(block -> block.projections().stream()).toList();
  }

  /** Whether what a token's keys are depends on how long its whole text is. */
  public boolean isScaledByLength() {
    return spec.blocks.stream()
        .map(block -> block.attention().rope())
        .anyMatch(rope -> rope != null && rope.isScaledByLength());
  }

  /**
   * Runs the blocks for tokens of several texts, whose sequences then hold them.
   *
   * @param x [1, rows, hidden]: the parts' tokens one after another, then padding
   * @param positions int64 [1, rows]
   * @return [1, rows, hidden]
   */
  public Tensor paged(Tensor x, Tensor positions, List<PagedSequence.Part> parts) {
    PagedCache cache = parts.getFirst().sequence().cache();
    if (parts.stream().allMatch(PagedSequence.Part::writes) && isNarrow()) {
      return narrow(x, positions, parts, cache);
    }
    PagedPass pass = new PagedPass(parts, (int) x.size(1), x.dtype());
    Map<Rope, Rope.Rotation> rotations = new HashMap<>();
    for (BlockSpec block : spec.blocks) {
      Rope rope = block.attention().rope();
      if (rope != null && !rotations.containsKey(rope)) {
        rotations.put(rope, rotation(rope, positions, parts, x.dtype()));
      }
    }
    pass.prepare(spec.blocks);
    Tensor y = x;
    for (int i = 0; i < blocks.size(); i++) {
      Rope rope = spec.blocks.get(i).attention().rope();
      try (Scope scope = Scope.open()) {
        y =
            scope.keep(
                blocks
                    .get(i)
                    .paged(y, rope == null ? null : rotations.get(rope), pass, cache.layer(i)));
      }
    }
    parts.forEach(part -> part.sequence().advance(part.tokens()));
    return last == null ? y : last.apply(y);
  }

  /** Whether all blocks can write in few bits; makes what they need for it. */
  private boolean isNarrow() {
    boolean current = !narrow.isEmpty() && narrow.stream().allMatch(NarrowBlock::isCurrent);
    if (current) {
      return true;
    }
    narrow.clear();
    boolean plain = last != null && last.norm().kind() == Norm.Kind.RMS && !isScaledByLength();
    for (int i = 0; plain && i < blocks.size(); i++) {
      NarrowBlock one = blocks.get(i).narrow();
      if (one == null) {
        narrow.clear();
        return false;
      }
      narrow.add(one);
    }
    narrowLast = plain ? Rows.Norm.of(Objects.requireNonNull(last)) : null;
    return plain;
  }

  /** Tokens that are written, in few bits; x may have rows behind theirs. */
  private Tensor narrow(
      Tensor x, Tensor positions, List<PagedSequence.Part> parts, PagedCache cache) {
    int rows = parts.stream().mapToInt(PagedSequence.Part::tokens).sum();
    PagedPass pass = new PagedPass(parts, rows, cache.layer(0).keys().dtype());
    float[] states = Rows.floats(x.narrow(1, 0, rows));
    Tensor own = positions.narrow(1, 0, rows);
    Map<Rope, Rows.Waves> waves = new HashMap<>();
    NarrowBlock.Room room = NarrowBlock.Room.of(narrow, rows);
    for (int i = 0; i < narrow.size(); i++) {
      Rope rope = spec.blocks.get(i).attention().rope();
      if (rope != null && !waves.containsKey(rope)) {
        waves.put(rope, Rows.Waves.of(rope.at(own, 1, DType.FLOAT32)));
      }
      narrow.get(i).forward(states, rows, waves.get(rope), pass, cache.layer(i), room);
    }
    Rows.Norm end = Objects.requireNonNull(narrowLast);
    end.apply(states, states, rows);
    parts.forEach(part -> part.sequence().advance(part.tokens()));
    return Tensors.of(states, 1, rows, x.size(2));
  }

  private static Rope.Rotation rotation(
      Rope rope, Tensor positions, List<PagedSequence.Part> parts, DType dtype) {
    if (!rope.isScaledByLength()) {
      return rope.at(positions, 1, dtype);
    }
    List<Tensor> cosines = new ArrayList<>();
    List<Tensor> sines = new ArrayList<>();
    long at = 0;
    for (PagedSequence.Part part : parts) {
      Rope.Rotation own = rope.at(positions.narrow(1, at, part.tokens()), part.longest(), dtype);
      cosines.add(own.cos());
      sines.add(own.sin());
      at += part.tokens();
    }
    if (at < positions.size(1)) {
      Rope.Rotation rest = rope.at(positions.narrow(1, at, positions.size(1) - at), 1, dtype);
      cosines.add(rest.cos());
      sines.add(rest.sin());
    }
    return new Rope.Rotation(Tensor.concat(cosines, 1), Tensor.concat(sines, 1));
  }

  /**
   * The blocks one by one, for rows without a cache: gradient checkpointing computes each a second
   * time.
   *
   * @param x [batch, time, hidden], for its shape and type
   */
  public Walk walk(Tensor x, Places places, @Nullable Memory memory) {
    return new Walk(x, places, memory);
  }

  /** What the blocks share in one pass. */
  public final class Walk {
    private final List<Rope.@Nullable Rotation> rotations = new ArrayList<>();
    private final List<Attending.Look> looks = new ArrayList<>();
    private final Block.@Nullable Memory seen;

    private Walk(Tensor x, Places places, @Nullable Memory memory) {
      seen = memory == null ? null : new Block.Memory(memory.states, across(memory, x));
      Map<Rope, Rope.Rotation> known = new HashMap<>();
      Map<List<Object>, Attending.Look> views = new HashMap<>();
      long time = x.size(1);
      for (BlockSpec block : spec.blocks) {
        BlockSpec.Attention attention = block.attention();
        Rope rope = attention.rope();
        rotations.add(
            rope == null
                ? null
                : known.computeIfAbsent(
                    rope, one -> one.at(places.positions, places.longest, x.dtype())));
        Integer window = attention.window();
        looks.add(
            views.computeIfAbsent(
                List.of(attention.causal(), window == null ? 0 : window),
                any -> look(attention, x, places, 0, 0, time)));
      }
    }

    /** How many blocks there are. */
    public int blocks() {
      return blocks.size();
    }

    /** One block. */
    public Tensor block(int index, Tensor y, Layer.Pass pass) {
      return blocks
          .get(index)
          .forward(y, rotations.get(index), looks.get(index), null, seen, 0, pass);
    }

    /** What follows the last block. */
    public Tensor end(Tensor y) {
      return last == null ? y : last.apply(y);
    }
  }

  private Attending.Look look(
      BlockSpec.Attention attention, Tensor x, Places places, long first, long read, long keys) {
    long time = x.size(1);
    Integer window = attention.window();
    long reach = window == null ? Long.MAX_VALUE : window;
    boolean windowed = read - first + time > reach;
    boolean hides = attention.causal() && (time > 1 || keys > read - first + time);
    Tensor texts = places.texts;
    if (places.real == null && texts == null && !windowed && relative == null) {
      // One token sees all that is there; a fresh start is what the float32 kernel knows by itself.
      boolean kernel = read == first && keys == time && !isHalf(x);
      if (!hides || kernel) {
        return new Attending.Look(null, hides, keys);
      }
    }
    Tensor allowed = null;
    if (hides || windowed) {
      Tensor query = Tensors.range(time).add(read).reshape(time, 1);
      Tensor key = Tensors.range(keys).add(first).reshape(1, keys);
      if (attention.causal()) {
        allowed = key.gt(query).not();
      }
      if (windowed) {
        Tensor near = key.gt(query.sub(reach));
        allowed = allowed == null ? near : both(allowed, near);
      }
    }
    Tensor real = places.real;
    if (real != null) {
      Tensor row = real.narrow(1, first, keys).reshape(real.size(0), 1, 1, keys);
      allowed = allowed == null ? row : both(allowed, row);
    }
    if (texts != null) {
      Tensor same =
          texts.reshape(texts.size(0), 1, time, 1).eq(texts.reshape(texts.size(0), 1, 1, time));
      allowed = allowed == null ? same : both(allowed, same);
    }
    Tensor bias = allowed == null ? null : Attention.forbid(allowed, x.dtype());
    if (bias != null && bias.rank() == 2) {
      bias = bias.reshape(1, 1, time, keys);
    }
    if (relative != null) {
      Tensor distances = relative.bias(read, time, first, keys).to(x.dtype());
      bias = bias == null ? distances : distances.add(bias);
    }
    return new Attending.Look(bias, false, keys);
  }

  private static boolean isHalf(Tensor x) {
    return x.dtype() == DType.BFLOAT16 || x.dtype() == DType.FLOAT16;
  }

  private static Attending.Look across(Memory memory, Tensor x) {
    Tensor real = memory.real;
    return new Attending.Look(
        real == null
            ? null
            : Attention.forbid(real.reshape(real.size(0), 1, 1, real.size(1)), x.dtype()),
        false,
        memory.states.size(1));
  }

  private static Tensor both(Tensor one, Tensor other) {
    return one.where(other, Tensors.zeros(DType.BOOL, 1));
  }
}
