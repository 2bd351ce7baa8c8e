package io.millrace.train;

import java.util.List;
import java.util.Map;

/**
 * How training went, epoch by epoch.
 *
 * @param epochs one record an epoch, in order
 */
public record History(List<Epoch> epochs) {
  /** Copies the epochs. */
  public History {
    epochs = List.copyOf(epochs);
  }

  /**
   * One epoch.
   *
   * @param number from 1
   * @param seconds its duration, validation included
   * @param values {@code loss}, the metrics, and the same of the validation part with {@code val_}
   *     before
   */
  public record Epoch(int number, double seconds, Map<String, Double> values) {
    /**
     * A value by name.
     *
     * @throws TrainException if there is none; the message lists what there is
     */
    public double metric(String name) {
      Double value = values.get(name);
      if (value == null) {
        throw new TrainException("metric.absent", name, values.keySet());
      }
      return value;
    }
  }

  /** The last epoch. */
  public Epoch last() {
    return epochs.getLast();
  }
}
