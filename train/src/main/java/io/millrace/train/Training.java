package io.millrace.train;

import io.millrace.model.Network;
import io.millrace.train.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.List;

/** A training under way, as listeners see it. */
public final class Training {
  private final Network network;
  private final Optimizer optimizer;
  private final int epochs;
  private final int steps;
  private final int batch;
  private final List<History.Epoch> history = new ArrayList<>();
  int epoch;
  int step;
  double loss;
  private boolean stopping;

  Training(Network network, Optimizer optimizer, int epochs, int steps, int batch) {
    this.network = network;
    this.optimizer = optimizer;
    this.epochs = epochs;
    this.steps = steps;
    this.batch = batch;
  }

  /** The network being trained. */
  public Network network() {
    return network;
  }

  /** The optimizer with its state. */
  public Optimizer optimizer() {
    return optimizer;
  }

  /** The present epoch, from 1. */
  public int epoch() {
    return epoch;
  }

  /** The number of epochs that were asked for. */
  public int epochs() {
    return epochs;
  }

  /** Steps done in this epoch. */
  public int step() {
    return step;
  }

  /** Steps in an epoch. */
  public int steps() {
    return steps;
  }

  /** Rows in a full batch. */
  public int batch() {
    return batch;
  }

  /** The mean loss of this epoch's steps so far. */
  public double loss() {
    return loss;
  }

  /** The finished epochs. */
  public History history() {
    return new History(history);
  }

  /** Asks training to end after this epoch. */
  public void stop() {
    stopping = true;
  }

  boolean isStopping() {
    return stopping;
  }

  void add(History.Epoch finished) {
    history.add(finished);
  }

  void addAll(List<History.Epoch> finished) {
    history.addAll(finished);
  }
}
