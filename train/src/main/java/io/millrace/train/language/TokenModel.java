package io.millrace.train.language;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.architecture.RecurrentModel;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model that says a token at each place: the next one, or the one that is hidden there.
 *
 * @param body the states [batch, time, hidden]
 * @param layered the same in steps that can be computed twice; absent where there are none
 * @param head scores [..., vocabulary] for states [..., hidden]
 * @param vocabulary how many tokens there are
 * @param context how many tokens a row may have
 * @param looksBothWays whether places see those behind them
 */
record TokenModel(
    Body body,
    @Nullable Layered layered,
    UnaryOperator<Tensor> head,
    int vocabulary,
    long context,
    boolean looksBothWays) {
  interface Body {
    /** [batch, time, hidden]. */
    Tensor of(Tensor ids, Stack.Places where, Layer.Pass pass);
  }

  /** The states before the first block, and the blocks. */
  record Layered(Body beginning, Stack stack) {
    Body whole() {
      return (ids, where, pass) ->
          stack.forward(beginning.of(ids, where, pass), where, null, null, pass);
    }
  }

  /**
   * What says tokens in a folder's model.
   *
   * @throws TrainException if nothing does
   */
  static TokenModel of(Pretrained model) {
    if (model.architecture() instanceof CausalModel causal && causal.generates()) {
      Layered layered = new Layered(causal::embed, causal.stack());
      return new TokenModel(
          layered.whole(), layered, causal::logits, causal.vocabulary(), causal.context(), false);
    }
    if (model.architecture() instanceof RecurrentModel recurrent) {
      return new TokenModel(
          (ids, where, pass) -> recurrent.states(ids, where, null, null, pass),
          null,
          recurrent::logits,
          recurrent.vocabulary(),
          recurrent.context(),
          false);
    }
    if (model.architecture() instanceof EncoderModel encoder
        && encoder.head() instanceof Head.OfMasked head) {
      Layered layered =
          new Layered((ids, where, pass) -> encoder.embed(ids, where, null, pass), encoder.stack());
      return new TokenModel(
          layered.whole(), layered, head::scores, encoder.vocabulary(), encoder.context(), true);
    }
    throw new TrainException("language.writes", model.config().path("architectures"));
  }

  Tensor logits(Tensor states) {
    return head.apply(states);
  }
}
