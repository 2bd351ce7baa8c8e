package io.millrace.train;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.model.Network;
import io.millrace.model.Plan;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where a training step's time and memory go.
 *
 * @param layers one a layer, in the order of their work
 * @param data milliseconds to gather a batch
 * @param loss milliseconds for the loss and its gradient
 * @param optimizer milliseconds to change the weights
 */
public record Profile(List<Cost> layers, double data, double loss, double optimizer) {
  private static final int WARM_UP = 3;

  /**
   * What one layer costs a step.
   *
   * @param forward milliseconds
   * @param backward milliseconds; 0 in graphs, whose way back is not cut into layers
   * @param output bytes of the output, activation included
   * @param weights bytes of weights
   */
  public record Cost(String layer, double forward, double backward, long output, long weights) {}

  /** Copies the layers. */
  public Profile {
    layers = List.copyOf(layers);
  }

  /**
   * Measures steps of a trainer; its result is thrown away.
   *
   * @param steps how many are averaged, at least 1
   */
  public static Profile of(Trainer trainer, Dataset data, int steps) {
    trainer.check(data);
    Batches batches = trainer.batches(data);
    try (Mode mode = Mode.flushDenormals();
        Network network = trainer.network(data);
        Optimizer running = Group.over(trainer.optimizer, trainer.groups, network.parameters())) {
      Meter meter = new Meter(trainer, network, running);
      int done = 0;
      for (int epoch = 0; done < steps + WARM_UP; epoch++) {
        try (Batches.Epoch pass = batches.epoch(epoch)) {
          while (pass.hasNext() && done < steps + WARM_UP) {
            if (done++ == WARM_UP) {
              meter.clear();
            }
            meter.step(pass);
          }
        }
      }
      return meter.profile(steps);
    }
  }

  /** The table: milliseconds, shares, mebibytes. */
  public String text() {
    double sum = data + loss + optimizer;
    for (Cost cost : layers) {
      sum += cost.forward() + cost.backward();
    }
    StringBuilder out = new StringBuilder();
    String head = "%-30s %10s %10s %7s %10s %10s%n";
    out.append(
        head.formatted("layer", "forward ms", "back ms", "share", "output MiB", "weights MiB"));
    for (Cost cost : layers) {
      double time = cost.forward() + cost.backward();
      out.append(
          String.format(
              Locale.ROOT,
              "%-30s %10.3f %10.3f %6.1f%% %10.2f %10.2f%n",
              cost.layer(),
              cost.forward(),
              cost.backward(),
              100 * time / sum,
              cost.output() / 1048576.0,
              cost.weights() / 1048576.0));
    }
    for (var rest :
        Map.of("data", data, "loss", loss, "optimizer", optimizer).entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .toList()) {
      out.append(
          String.format(
              Locale.ROOT,
              "%-30s %10.3f %10s %6.1f%%%n",
              rest.getKey(),
              rest.getValue(),
              "",
              100 * rest.getValue() / sum));
    }
    return out.toString();
  }

  /** Sums over steps. */
  private static final class Meter {
    private final Trainer trainer;
    private final Network network;
    private final Optimizer optimizer;
    private final double[] forward;
    private final double[] backward;
    private final long[] bytes;
    private double data;
    private double loss;
    private double change;

    Meter(Trainer trainer, Network network, Optimizer optimizer) {
      this.trainer = trainer;
      this.network = network;
      this.optimizer = optimizer;
      int layers = network.plan().steps().size();
      forward = new double[layers];
      backward = new double[layers];
      bytes = new long[layers];
    }

    void clear() {
      java.util.Arrays.fill(forward, 0);
      java.util.Arrays.fill(backward, 0);
      data = 0;
      loss = 0;
      change = 0;
    }

    void step(Batches.Epoch pass) {
      long start = System.nanoTime();
      Batch batch = pass.next();
      try (Scope scope = Scope.open()) {
        List<Tensor> inputs = batch.inputs(network.plan().inputs().keySet());
        data += since(start);
        if (network.isSequence()) {
          sequence(inputs.getFirst(), batch);
        } else {
          graph(inputs, batch);
        }
        long before = System.nanoTime();
        optimizer.step();
        change += since(before);
      }
    }

    /** Each layer by itself, there and back. */
    private void sequence(Tensor x, Batch batch) {
      List<Tensor> ins = new ArrayList<>();
      List<Tensor> outs = new ArrayList<>();
      Tensor value = x;
      for (int i = 0; i < forward.length; i++) {
        Tensor in = value.detach();
        if (i > 0) {
          in.trackGradient();
        }
        long start = System.nanoTime();
        Tensor out = network.stretch(in, i, i + 1, Layer.Pass.TRAINING);
        forward[i] += since(start);
        bytes[i] = out.elements() * out.dtype().bytes();
        ins.add(in);
        outs.add(out);
        value = out;
      }
      Tensor scores = value.detach().trackGradient();
      long start = System.nanoTime();
      trainer.objective().mean(List.of(scores), network.plan(), batch).backward();
      loss += since(start);
      Tensor gradient = scores.gradient().orElseThrow();
      for (int i = forward.length - 1; i >= 0; i--) {
        long before = System.nanoTime();
        if (outs.get(i).tracksGradient()) {
          outs.get(i).backward(gradient);
        }
        backward[i] += since(before);
        if (i > 0) {
          gradient = ins.get(i).gradient().orElseGet(() -> Tensors.zeros(x.dtype(), 1));
        }
      }
    }

    private void graph(List<Tensor> inputs, Batch batch) {
      long[] last = {System.nanoTime()};
      int[] place = {0};
      List<Tensor> scores =
          network.observed(
              inputs,
              Layer.Pass.TRAINING,
              (layer, output) -> {
                forward[place[0]] += since(last[0]);
                bytes[place[0]++] = output.elements() * output.dtype().bytes();
                last[0] = System.nanoTime();
              });
      long start = System.nanoTime();
      trainer.objective().mean(scores, network.plan(), batch).backward();
      loss += since(start);
    }

    private static double since(long start) {
      return (System.nanoTime() - start) / 1e6;
    }

    Profile profile(int steps) {
      List<Cost> costs = new ArrayList<>();
      for (int i = 0; i < forward.length; i++) {
        Plan.Step step = network.plan().steps().get(i);
        long weights =
            network.state().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(step.name() + "."))
                .mapToLong(entry -> entry.getValue().elements() * Float.BYTES)
                .sum();
        costs.add(
            new Cost(step.label(), forward[i] / steps, backward[i] / steps, bytes[i], weights));
      }
      return new Profile(costs, data / steps, loss / steps, change / steps);
    }
  }
}
