package io.millrace.train;

import io.millrace.data.Rows;
import io.millrace.model.Network;
import io.millrace.model.layer.Layer;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensors;

/** What a network says about rows. */
public final class Outputs {
  private static final int AT_ONCE = 512;

  private Outputs() {}

  /** The network's outputs, one array a row, flattened. */
  public static float[][] of(Network network, Rows rows) {
    int in = Math.toIntExact(network.input().elements());
    int out = Math.toIntExact(network.output().elements());
    float[][] outputs = new float[rows.count()][];
    for (int from = 0; from < rows.count(); from += AT_ONCE) {
      int count = Math.min(AT_ONCE, rows.count() - from);
      float[] values = new float[count * in];
      for (int i = 0; i < count; i++) {
        rows.copy(from + i, values, i * in);
      }
      float[] all = forward(network, values, network.input().withRows(count));
      for (int i = 0; i < count; i++) {
        outputs[from + i] = java.util.Arrays.copyOfRange(all, i * out, (i + 1) * out);
      }
    }
    return outputs;
  }

  private static float[] forward(Network network, float[] values, Shape shape) {
    try (Mode mode = Mode.inference();
        Scope scope = Scope.open()) {
      return network.forward(Tensors.of(values, shape.sizes()), Layer.Pass.INFERENCE).toFloats();
    }
  }
}
