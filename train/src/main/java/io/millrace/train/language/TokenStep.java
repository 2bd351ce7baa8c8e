package io.millrace.train.language;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Forward and back through a model that says tokens. */
final class TokenStep {
  private final TokenModel model;
  private final boolean mixed;
  private final boolean recomputes;
  private final Layer.Pass pass;
  private final @Nullable BagOfWords bag;

  /**
   * @param mixed whether products are in bfloat16
   * @param recomputes whether blocks are computed twice and their insides not kept
   * @param pass whether the model drops numbers, as in training
   */
  TokenStep(TokenModel model, boolean mixed, boolean recomputes, Layer.Pass pass) {
    this(model, mixed, recomputes, pass, null);
  }

  /**
   * A step that learns the words of whole texts, too.
   *
   * @param bag absent: it does not
   */
  TokenStep(
      TokenModel model,
      boolean mixed,
      boolean recomputes,
      Layer.Pass pass,
      @Nullable BagOfWords bag) {
    this.bag = bag;
    this.pass = pass;
    this.model = model;
    this.mixed = mixed;
    this.recomputes = recomputes;
  }

  /**
   * The summed loss of all learned tokens; gradients are left at the weights.
   *
   * @param weights what a token's loss is multiplied with for the gradients, by row of the batch
   */
  double backward(TokenBatch batch, double... weights) {
    return backward(batch, batch.learned(weights), 0);
  }

  /**
   * The summed loss of all learned tokens; gradients are left at the weights, those of the words of
   * whole texts, too.
   *
   * @param weight what a token's loss is multiplied with for the gradients
   * @param texts in all batches of the step, whose words are learned as one mean
   */
  double backwardOfRows(TokenBatch batch, double weight, int texts) {
    double each = bag == null || texts == 0 ? 0 : bag.weight() / texts;
    return backward(batch, batch.learned(weight), each);
  }

  /** The texts of a batch whose words are learned. */
  int texts(TokenBatch batch) {
    return bag == null ? 0 : bag.in(batch).count();
  }

  /** The summed loss of all words of the texts, each text their mean, without gradients. */
  double bag(TokenBatch batch) {
    if (bag == null) {
      return 0;
    }
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Tensor states = computed(() -> states(batch, Layer.Pass.INFERENCE));
      return words(bag.in(batch), states, 0);
    }
  }

  /**
   * The summed loss of all learned tokens; gradients are left at the weights.
   *
   * @param weights what each learned token's loss is multiplied with for the gradients
   */
  double backward(TokenBatch batch, float[] weights) {
    return backward(batch, weights, 0);
  }

  private double backward(TokenBatch batch, float[] weights, double text) {
    try (Scope scope = Scope.open()) {
      Tensor places = batch.learnedPlaces();
      Tensor targets = batch.targets();
      Tensor each = Tensors.of(weights, weights.length);
      if (recomputes) {
        return recomputing(batch, places, targets, each, text);
      }
      Tensor states = computed(() -> states(batch, pass));
      return learn(states, batch, places, targets, each, text);
    }
  }

  /**
   * The summed loss of all learned tokens; gradients are left at what the states come from.
   *
   * <p>Each loss goes back to the states by itself, and both go on from there at once. Where the
   * words' loss is not finite, that is what is said, so that no step is taken.
   *
   * @param text what the loss of a text's words is multiplied with for the gradients
   */
  private double learn(
      Tensor states, TokenBatch batch, Tensor places, Tensor targets, Tensor weights, double text) {
    if (bag == null || text == 0) {
      return TokenLoss.backward(
          chosen(states, places), model::logits, targets, model.vocabulary(), weights, mixed, 0);
    }
    Tensor leaf = states.detach().trackGradient();
    double sum =
        TokenLoss.backward(
            chosen(leaf, places), model::logits, targets, model.vocabulary(), weights, mixed, 0);
    double said = words(bag.in(batch), leaf, text);
    TokenLoss.onward(leaf, states);
    return Double.isFinite(said) ? sum : said;
  }

  private double words(BagOfWords.Found found, Tensor states, double scale) {
    Tensor all = states.reshape(-1, states.size(2));
    return BagOfWords.loss(found, all, model::logits, model.vocabulary(), mixed, scale);
  }

  /** The summed loss of each row of the batch, without gradients. */
  double[] losses(TokenBatch batch) {
    return batch.byRow(each(batch));
  }

  /** The loss of each learned token of the batch, row by row, without gradients. */
  float[] each(TokenBatch batch) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Tensor states = computed(() -> states(batch, Layer.Pass.INFERENCE));
      Tensor chosen = chosen(states, batch.learnedPlaces());
      return TokenLoss.of(chosen, model::logits, batch.targets(), model.vocabulary(), mixed);
    }
  }

  private Tensor states(TokenBatch batch, Layer.Pass pass) {
    return model.body().of(batch.ids(), batch.where(model.looksBothWays()), pass);
  }

  /** The states where something is learned: [places, hidden]. */
  private static Tensor chosen(Tensor states, Tensor places) {
    Tensor all = states.reshape(-1, states.size(2));
    return places.size(0) == all.size(0) ? all : all.indexSelect(0, places);
  }

  private Tensor computed(Supplier<Tensor> work) {
    return Computed.in(mixed, work);
  }

  /**
   * Gradient checkpointing (Chen et al. 2016): the way there keeps only what lies between blocks;
   * on the way back each block is computed once more, with the same random numbers.
   */
  private double recomputing(
      TokenBatch batch, Tensor places, Tensor targets, Tensor weights, double text) {
    Stack.Places where = batch.where(model.looksBothWays());
    TokenModel.Layered layered = Objects.requireNonNull(model.layered());
    Tensor first = computed(() -> layered.beginning().of(batch.ids(), where, pass));
    List<Tensor> between = new ArrayList<>();
    List<byte[]> random = new ArrayList<>();
    Tensor y = first.detach();
    Stack.Walk walk;
    try (Mode mode = Mode.noGradient()) {
      walk = layered.stack().walk(y, where, null);
      for (int i = 0; i < walk.blocks(); i++) {
        between.add(y);
        random.add(RandomState.capture());
        y = kept(walk, i, y);
      }
    }
    Tensor leaf = y.detach().trackGradient();
    Tensor states = computed(() -> walk.end(leaf));
    double sum = learn(states, batch, places, targets, weights, text);
    byte[] after = RandomState.capture();
    Tensor gradient = leaf.gradient().orElseThrow();
    for (int i = walk.blocks() - 1; i >= 0; i--) {
      RandomState.restore(random.get(i));
      gradient = back(walk, i, between.get(i), gradient);
    }
    RandomState.restore(after);
    if (first.tracksGradient()) {
      first.backward(gradient.to(first.dtype()));
    }
    return sum;
  }

  private Tensor kept(Stack.Walk walk, int block, Tensor y) {
    try (Scope scope = Scope.open()) {
      return scope.keep(computed(() -> walk.block(block, y, pass)));
    }
  }

  private Tensor back(Stack.Walk walk, int block, Tensor input, Tensor gradient) {
    try (Scope scope = Scope.open()) {
      Tensor start = input.detach().trackGradient();
      Tensor again = computed(() -> walk.block(block, start, pass));
      again.backward(gradient.to(again.dtype()));
      return scope.keep(start.gradient().orElseThrow());
    }
  }
}
