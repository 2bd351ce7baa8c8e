package io.millrace.train;

import io.millrace.data.Rows;
import io.millrace.model.Network;
import java.util.List;

/**
 * A trained network and how it came about.
 *
 * @param network the network; the caller closes it
 * @param history the epochs
 * @param failures what went wrong in listeners, one sentence each
 */
public record TrainingResult(Network network, History history, List<String> failures)
    implements AutoCloseable {
  /** What the network says about rows: one array of outputs a row. */
  public float[][] predict(Rows rows) {
    return Outputs.of(network, rows);
  }

  /** Frees the network. */
  @Override
  public void close() {
    network.close();
  }
}
