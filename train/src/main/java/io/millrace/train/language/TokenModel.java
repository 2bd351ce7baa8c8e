package io.millrace.train.language;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.EncoderModel;
import io.millrace.model.architecture.Head;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;

/** A model that says a token at each place: the next one, or the one that is hidden there. */
interface TokenModel {
  /** The states before the first block, [batch, time, hidden]. */
  Tensor embed(Tensor ids, Stack.Places where, Layer.Pass pass);

  /** The blocks. */
  Stack stack();

  /** Scores [..., vocabulary] for states [..., hidden]. */
  Tensor logits(Tensor states);

  /** How many tokens there are. */
  int vocabulary();

  /** How many tokens a row may have. */
  long context();

  /** Whether places see those behind them. */
  boolean looksBothWays();

  /**
   * What says tokens in a folder's model.
   *
   * @throws TrainException if nothing does
   */
  static TokenModel of(Pretrained model) {
    if (model.architecture() instanceof CausalModel causal && causal.generates()) {
      return new Writing(causal);
    }
    if (model.architecture() instanceof EncoderModel encoder
        && encoder.head() instanceof Head.OfMasked head) {
      return new Guessing(encoder, head);
    }
    throw new TrainException("language.writes", model.config().path("architectures"));
  }

  /** A model that reads from left to right. */
  record Writing(CausalModel model) implements TokenModel {
    @Override
    public Tensor embed(Tensor ids, Stack.Places where, Layer.Pass pass) {
      return model.embed(ids, where, pass);
    }

    @Override
    public Stack stack() {
      return model.stack();
    }

    @Override
    public Tensor logits(Tensor states) {
      return model.logits(states);
    }

    @Override
    public int vocabulary() {
      return model.vocabulary();
    }

    @Override
    public long context() {
      return model.context();
    }

    @Override
    public boolean looksBothWays() {
      return false;
    }
  }

  /** A model that reads both ways and says what was hidden. */
  record Guessing(EncoderModel model, Head.OfMasked head) implements TokenModel {
    @Override
    public Tensor embed(Tensor ids, Stack.Places where, Layer.Pass pass) {
      return model.embed(ids, where, null, pass);
    }

    @Override
    public Stack stack() {
      return model.stack();
    }

    @Override
    public Tensor logits(Tensor states) {
      return head.scores(states);
    }

    @Override
    public int vocabulary() {
      return model.vocabulary();
    }

    @Override
    public long context() {
      return model.context();
    }

    @Override
    public boolean looksBothWays() {
      return true;
    }
  }
}
