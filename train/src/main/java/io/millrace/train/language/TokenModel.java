package io.millrace.train.language;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.function.UnaryOperator;

/**
 * A model that says a token at each place: the next one, or the one that is hidden there.
 *
 * @param beginning the states before the first block
 * @param head scores [..., vocabulary] for states [..., hidden]
 * @param vocabulary how many tokens there are
 * @param context how many tokens a row may have
 * @param looksBothWays whether places see those behind them
 */
record TokenModel(
    Beginning beginning,
    Stack stack,
    UnaryOperator<Tensor> head,
    int vocabulary,
    long context,
    boolean looksBothWays) {
  interface Beginning {
    /** [batch, time, hidden]. */
    Tensor embed(Tensor ids, Stack.Places where, Layer.Pass pass);
  }

  /**
   * What says tokens in a folder's model.
   *
   * @throws TrainException if nothing does
   */
  static TokenModel of(Pretrained model) {
    if (model.architecture() instanceof CausalModel causal && causal.generates()) {
      return new TokenModel(
          causal::embed,
          causal.stack(),
          causal::logits,
          causal.vocabulary(),
          causal.context(),
          false);
    }
    if (model.architecture() instanceof EncoderModel encoder
        && encoder.head() instanceof Head.OfMasked head) {
      return new TokenModel(
          (ids, where, pass) -> encoder.embed(ids, where, null, pass),
          encoder.stack(),
          head::scores,
          encoder.vocabulary(),
          encoder.context(),
          true);
    }
    throw new TrainException("language.writes", model.config().path("architectures"));
  }

  Tensor embed(Tensor ids, Stack.Places where, Layer.Pass pass) {
    return beginning.embed(ids, where, pass);
  }

  Tensor logits(Tensor states) {
    return head.apply(states);
  }
}
