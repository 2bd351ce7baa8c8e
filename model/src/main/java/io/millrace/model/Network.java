package io.millrace.model;

import io.millrace.ground.spec.Stars;
import io.millrace.model.layer.Activation;
import io.millrace.model.layer.JoinSpec;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A network with weights. Any thread may compute with it, each in a scope of its own; training is
 * for one thread at a time. Weights are named {@code layer.weight}, with the layer's place in a
 * sequence or its name in a graph.
 */
public final class Network implements Weights, AutoCloseable {
  private final Model description;
  private final Plan plan;
  private final Scope owner = Scope.shared();
  private final FreshWeights weights = new FreshWeights(owner);
  private final List<Layer.Joining> layers = new ArrayList<>();
  private final List<Layer> single = new ArrayList<>();
  private final boolean[] frozen;

  Network(Model description, Plan plan, long seed) {
    this.description = description;
    this.plan = plan;
    this.frozen = new boolean[plan.steps().size()];
    RandomState.seed(seed);
    for (int i = 0; i < plan.steps().size(); i++) {
      Plan.Step step = plan.steps().get(i);
      layers.add(step.shares() == i ? build(step) : layers.get(step.shares()));
    }
  }

  private Layer.Joining build(Plan.Step step) {
    if (step.layer() instanceof JoinSpec join) {
      return join.join(step.shapes(), weights.inside(step.name()));
    }
    Layer layer = step.layer().build(step.shapes().getFirst(), weights.inside(step.name()));
    single.add(layer);
    return (inputs, pass) -> layer.forward(inputs.getFirst(), pass);
  }

  /** What was built. */
  public Model description() {
    return description;
  }

  /** The layers with all shapes. */
  public Plan plan() {
    return plan;
  }

  /** The shape of one row of the first input. */
  public Shape input() {
    return plan.inputs().values().iterator().next();
  }

  /** The shape of one row of the first output. */
  public Shape output() {
    return plan.output();
  }

  /** The weights that training changes, by name, in the layers' order. */
  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> trained = new LinkedHashMap<>(weights.trainable());
    trained.keySet().removeIf(this::isFrozen);
    return Collections.unmodifiableMap(trained);
  }

  /** All that is saved: weights, frozen or not, and running statistics. */
  @Override
  public Map<String, Tensor> state() {
    return weights.all();
  }

  /** The number of numbers that training changes. */
  public long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::elements).sum();
  }

  /**
   * Keeps layers as they are: training changes neither their weights nor their statistics.
   *
   * @param patterns layers' names, {@code *} for any text
   * @throws ModelException if a pattern names no layer
   */
  public void freeze(List<String> patterns) {
    for (String pattern : patterns) {
      boolean any = false;
      for (int i = 0; i < frozen.length; i++) {
        if (Stars.fit(pattern, plan.steps().get(i).name())) {
          frozen[i] = true;
          any = true;
        }
      }
      if (!any) {
        throw new ModelException(
            "freeze.none", pattern, plan.steps().stream().map(Plan.Step::name).toList());
      }
    }
    weights
        .trainable()
        .forEach(
            (name, weight) -> {
              if (isFrozen(name)) {
                weight.dropGradient();
              }
            });
  }

  private boolean isFrozen(String weight) {
    String layer = weight.substring(0, weight.indexOf('.'));
    for (int i = 0; i < frozen.length; i++) {
      if (frozen[i] && plan.steps().get(i).name().equals(layer)) {
        return true;
      }
    }
    return false;
  }

  /** Forgets what stateful layers remember from earlier batches. */
  public void resetStates() {
    single.forEach(Layer::reset);
  }

  /**
   * The network's first output.
   *
   * @param x [batch, input…], float32
   * @return [batch, output…]
   */
  public Tensor forward(Tensor x, Layer.Pass pass) {
    return lastActivation().apply(scores(x, pass));
  }

  /**
   * The first output before the last layer's activation: logits, which losses take because softmax
   * and log together lose no digits that way.
   */
  public Tensor scores(Tensor x, Layer.Pass pass) {
    return scores(List.of(x), pass).getFirst();
  }

  /**
   * All outputs before their activations.
   *
   * @param inputs in the order of the description, each [batch, input…]
   */
  public List<Tensor> scores(List<Tensor> inputs, Layer.Pass pass) {
    return run(inputs, pass, null);
  }

  /** As {@link #scores}, and tells about every layer. */
  public List<Tensor> observed(List<Tensor> inputs, Layer.Pass pass, LayerObserver observer) {
    return run(inputs, pass, observer);
  }

  private List<Tensor> run(List<Tensor> inputs, Layer.Pass pass, @Nullable LayerObserver observer) {
    check(inputs);
    @Nullable Tensor[] before = new Tensor[layers.size()];
    @Nullable Tensor[] after = new Tensor[layers.size()];
    for (int i = 0; i < before.length; i++) {
      Plan.Step step = plan.steps().get(i);
      List<Tensor> read = new ArrayList<>(step.from().size());
      for (int from : step.from()) {
        read.add(from < 0 ? inputs.get(-1 - from) : activated(from, before, after));
      }
      before[i] = forward(i, read, pass);
      if (observer != null) {
        observer.finished(step, before[i]);
      }
    }
    List<Tensor> outputs = new ArrayList<>();
    for (int last : plan.outputs().values()) {
      outputs.add(Objects.requireNonNull(before[last]));
    }
    return outputs;
  }

  private Tensor activated(int step, @Nullable Tensor[] before, @Nullable Tensor[] after) {
    Tensor known = after[step];
    if (known == null) {
      known =
          plan.steps().get(step).layer().activation().apply(Objects.requireNonNull(before[step]));
      after[step] = known;
    }
    return known;
  }

  /** One layer's work, without its activation. */
  private Tensor forward(int step, List<Tensor> read, Layer.Pass pass) {
    return layers.get(step).forward(read, frozen[step] ? Layer.Pass.INFERENCE : pass);
  }

  /**
   * A stretch of layers that follow each other, for gradient checkpointing.
   *
   * @param x what the first of them reads
   * @param from the first layer's number
   * @param to the number behind the last; the network's last layer comes without its activation
   * @throws ModelException if the network is not a plain sequence
   */
  public Tensor stretch(Tensor x, int from, int to, Layer.Pass pass) {
    if (!isSequence()) {
      throw new ModelException("stretch.graph");
    }
    Tensor value = x;
    for (int i = from; i < to; i++) {
      value = forward(i, List.of(value), pass);
      if (i < layers.size() - 1) {
        value = plan.steps().get(i).layer().activation().apply(value);
      }
    }
    return value;
  }

  /** Whether each layer reads the one before and nothing else. */
  public boolean isSequence() {
    for (int i = 0; i < plan.steps().size(); i++) {
      if (!plan.steps().get(i).from().equals(List.of(i == 0 ? -1 : i - 1))) {
        return false;
      }
    }
    return plan.inputs().size() == 1 && plan.outputs().size() == 1;
  }

  private void check(List<Tensor> inputs) {
    if (inputs.size() != plan.inputs().size()) {
      throw new ModelException("inputs.count", plan.inputs().keySet(), inputs.size());
    }
    int i = 0;
    for (Map.Entry<String, Shape> input : plan.inputs().entrySet()) {
      Tensor x = inputs.get(i++);
      if (!x.shape().row().equals(input.getValue())) {
        throw new ModelException("input.shape", x.shape(), input.getValue());
      }
    }
  }

  /** The activation at the first output. */
  public Activation lastActivation() {
    return plan.activation();
  }

  /** The table of layers that Keras users know: kind, output shape, trainable numbers. */
  public String summary() {
    return Summary.of(this);
  }

  /** A picture of the layers and what flows between them: an SVG document. */
  public String picture() {
    return Drawing.of(this);
  }

  /**
   * Takes over weights and statistics.
   *
   * @throws ModelException if a name is missing, surplus, or of another shape
   */
  @Override
  public void load(Map<String, Tensor> given) {
    weights.load(given);
  }

  /** Frees the weights. */
  @Override
  public void close() {
    owner.close();
  }
}
