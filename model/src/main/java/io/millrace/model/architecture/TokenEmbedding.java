package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Source;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * From token ids to the first states: a table of tokens, perhaps one of positions and one of types,
 * normalization, a projection to the blocks' size.
 */
public final class TokenEmbedding {
  /**
   * What an embedding is made of.
   *
   * @param vocabulary how many tokens
   * @param width numbers for a token in the tables
   * @param hidden numbers for a token in the blocks; another {@code width} is projected
   * @param scale what rows of the token table are multiplied with
   * @param positions the table of positions; absent: none
   * @param types kinds of segments; 0: none
   * @param norm after the sum; absent: none
   * @param dropout the share dropped while training
   * @param padding the token whose row is not trained by being read; absent: there is none
   */
  public record Spec(
      int vocabulary,
      int width,
      int hidden,
      double scale,
      @Nullable Positions positions,
      int types,
      @Nullable Norm norm,
      double dropout,
      @Nullable Integer padding) {
    /** All rows are trained. */
    public Spec(
        int vocabulary,
        int width,
        int hidden,
        double scale,
        @Nullable Positions positions,
        int types,
        @Nullable Norm norm,
        double dropout) {
      this(vocabulary, width, hidden, scale, positions, types, norm, dropout, null);
    }

    /** With a token whose row is not trained by being read. */
    public Spec padding(@Nullable Integer id) {
      return new Spec(vocabulary, width, hidden, scale, positions, types, norm, dropout, id);
    }

    /** Tokens only. */
    public static Spec tokens(int vocabulary, int hidden, double scale) {
      return new Spec(vocabulary, hidden, hidden, scale, null, 0, null, 0);
    }
  }

  /**
   * A table of positions.
   *
   * @param rows of the table
   * @param offset the row of position 0
   * @param computed whether it is made of sines (first half of a row) and cosines and not learned
   */
  public record Positions(int rows, int offset, boolean computed) {
    /** How many positions there are. */
    public int count() {
      return rows - offset;
    }
  }

  private final Spec spec;
  private final Tensor tokens;
  private final @Nullable Tensor positions;
  private final @Nullable Tensor types;
  private final Norm.@Nullable Layer norm;
  private final @Nullable Projection projection;

  /** Takes {@code tokens}, {@code positions}, {@code types}, {@code norm}, {@code projection}. */
  public TokenEmbedding(Spec spec, Source source) {
    this(spec, source.take("tokens.weight", spec.vocabulary, spec.width), source);
  }

  /** Uses a token table that another part has too. */
  public TokenEmbedding(Spec spec, Tensor tokens, Source source) {
    this.spec = spec;
    this.tokens = tokens;
    Positions places = spec.positions;
    positions =
        places == null || places.computed
            ? null
            : source.take("positions.weight", places.rows, spec.width);
    types = spec.types == 0 ? null : source.take("types.weight", spec.types, spec.width);
    norm = spec.norm == null ? null : spec.norm.build(source.inside("norm"), spec.width);
    projection =
        spec.width == spec.hidden
            ? null
            : Projection.of(source.inside("projection"), true, spec.width, spec.hidden);
  }

  /** What this is made of. */
  public Spec spec() {
    return spec;
  }

  /** The token table, for heads that share it: [vocabulary, width]. */
  public Tensor table() {
    return tokens;
  }

  /**
   * The first states.
   *
   * @param ids int64 [batch, time]
   * @param places int64 [batch or 1, time], from 0
   * @param kinds int64 [batch, time]; absent: all 0
   * @return [batch, time, hidden]
   */
  Tensor forward(Tensor ids, Tensor places, @Nullable Tensor kinds, Layer.Pass pass) {
    checkRange("input_ids", ids, spec.vocabulary);
    Integer padding = spec.padding;
    Tensor x = Neural.embedding(tokens, ids, padding == null ? -1 : padding);
    if (spec.scale != 1) {
      // The factor is rounded to the weights' type, as the reference implementation does.
      x = x.mul(Tensors.scalar(spec.scale).to(x.dtype()));
    }
    if (types != null) {
      if (kinds != null) {
        checkRange("token_type_ids", kinds, spec.types);
      }
      x = x.add(kinds == null ? types.narrow(0, 0, 1) : Neural.embedding(types, kinds));
    }
    Positions table = spec.positions;
    if (table != null) {
      long longest = (long) places.amax(0, 1).item() + 1;
      if (longest > table.count()) {
        throw new ModelException("context.long", longest, table.count());
      }
      x =
          x.add(
              positions == null
                  ? waves(places).to(x.dtype())
                  : Neural.embedding(positions, places.add(table.offset)));
    }
    if (norm != null) {
      x = norm.apply(x);
    }
    if (spec.dropout > 0 && pass.isTraining()) {
      x = Neural.dropout(x, spec.dropout);
    }
    return projection == null ? x : projection.apply(x);
  }

  private static void checkRange(String name, Tensor ids, long count) {
    double low = ids.amin(0, 1).item();
    double high = ids.amax(0, 1).item();
    if (low < 0 || high >= count) {
      throw new ModelException("input.id", name, (long) (low < 0 ? low : high), count);
    }
  }

  /** Sines of wave lengths from 2π to 20,000π, then their cosines (Vaswani et al. 2017). */
  private Tensor waves(Tensor places) {
    int half = (spec.width + 1) / 2;
    float[] rates = new float[half];
    for (int i = 0; i < half; i++) {
      rates[i] = (float) Math.pow(10000, -2.0 * i / spec.width);
    }
    Tensor angles = places.to(DType.FLOAT32).unsqueeze(2).mul(Tensors.of(rates, half));
    Tensor cosines = angles.cos().narrow(2, 0, spec.width - half);
    return Tensor.concat(java.util.List.of(angles.sin(), cosines), 2);
  }
}
