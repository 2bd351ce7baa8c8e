package io.millrace.model.architecture;

import io.millrace.model.ModelException;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model says about a text, made of the states of its last block. */
public sealed interface Head {
  /**
   * What a head may look at.
   *
   * @param words [batch, time, hidden], the tokens before the first block
   * @param states [batch, time, hidden], after the last
   * @param ids int64 [batch, time]
   * @param real booleans [batch, time]; absent: all
   */
  record Text(Tensor words, Tensor states, Tensor ids, @Nullable Tensor real) {}

  /** The outputs by name. */
  Map<String, Tensor> apply(Text text, Layer.Pass pass);

  /** Leaves numbers out in training. */
  private static Tensor drop(Tensor x, double share, Layer.Pass pass) {
    return share > 0 && pass.isTraining() ? Neural.dropout(x, share) : x;
  }

  /**
   * A score for each class of each token: {@code logits} [batch, time, classes].
   *
   * @param dropout the share of the states' numbers that are left out in training
   */
  record OfTokens(Projection classifier, double dropout) implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      return Map.of("logits", classifier.apply(drop(text.states, dropout, pass)));
    }
  }

  /**
   * A score for each class of the whole text by one vector: {@code logits} [batch, classes].
   *
   * @param pooling what the vector is made of
   * @param words whether the mean of the words stands beside it, as deep averaging networks read
   *     texts (Iyyer et al. 2015): few examples teach words sooner than states
   * @param between a layer before the classifier, with its activation
   * @param dropout the share of the classifier's numbers that are left out in training
   */
  record OfText(
      Pooling pooling,
      boolean words,
      Projection between,
      Activation activation,
      Projection classifier,
      double dropout)
      implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      Tensor real = text.real;
      Tensor mask = real == null ? Tensors.full(1, DType.FLOAT32, text.ids.shape().sizes()) : real;
      Tensor vector = pooling.of(text.states, mask);
      if (words) {
        Tensor mean = Pooling.MEAN.of(text.words, mask);
        vector = Tensor.concat(List.of(mean, vector.to(mean.dtype())), 1);
      }
      Tensor read = activation.apply(between.apply(vector));
      return Map.of("logits", classifier.apply(drop(read, dropout, pass)));
    }
  }

  /**
   * A score for each class by the last token that is not padding.
   *
   * @param padding the padding's id; absent: the last token counts
   */
  record OfLast(Projection classifier, @Nullable Integer padding) implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      Tensor last =
          Rows.last(
              text.states,
              text.ids,
              (token, place) -> padding == null || token != padding || place == 0);
      return Map.of("logits", classifier.apply(last));
    }
  }

  /**
   * A score for each class by the last end that stands in the text, as BART and T5 classify.
   *
   * @param between a layer before the classifier, followed by a hyperbolic tangent
   * @param end the end's id; a text without it is refused
   */
  record OfEnd(Projection between, Projection classifier, long end) implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      Tensor whole = Rows.last(text.states, text.ids, (token, place) -> token == end);
      return Map.of("logits", classifier.apply(between.apply(whole).tanh()));
    }
  }

  /**
   * A score for each token of the vocabulary at each place, for words that were hidden.
   *
   * @param between the layer before, with its activation and normalization
   */
  record OfMasked(Projection between, Activation activation, Norm.Layer norm, Projection decoder)
      implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      return Map.of("logits", scores(text.states));
    }

    /** [..., vocabulary] for states [..., hidden]. */
    public Tensor scores(Tensor states) {
      return decoder.apply(norm.apply(activation.apply(between.apply(states))));
    }
  }

  /** Scores for where an answer starts and ends: [batch, time] each. */
  record OfAnswer(Projection ends) implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      Tensor both = ends.apply(text.states);
      return Map.of(
          "start_logits", both.select(2, 0).contiguous(),
          "end_logits", both.select(2, 1).contiguous());
    }
  }

  /** The first token's state through a layer, as sentences are compared: {@code pooled}. */
  record Pooled(Projection dense) implements Head {
    @Override
    public Map<String, Tensor> apply(Text text, Layer.Pass pass) {
      return Map.of("pooled", dense.apply(text.states.select(1, 0)).tanh());
    }
  }

  /** Which place of a row speaks for it. */
  final class Rows {
    /** Whether a token, at its place, is the one. */
    private interface Wanted {
      boolean is(long token, int place);
    }

    private Rows() {}

    /** The states of the last wanted place of each row, [batch, hidden]. */
    private static Tensor last(Tensor states, Tensor ids, Wanted wanted) {
      int batch = (int) ids.size(0);
      int time = (int) ids.size(1);
      long[] tokens = ids.toLongs();
      long[] place = new long[batch];
      for (int row = 0; row < batch; row++) {
        int last = time - 1;
        while (last >= 0 && !wanted.is(tokens[row * time + last], last)) {
          last--;
        }
        if (last < 0) {
          throw new ModelException("input.end", row);
        }
        place[row] = last;
      }
      long hidden = states.size(2);
      Tensor at = Tensors.of(place, batch, 1, 1).expand(batch, 1, hidden);
      return states.gather(1, at).squeeze(1);
    }
  }
}
