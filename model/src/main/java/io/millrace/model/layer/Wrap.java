package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Layers made of layers. */
public sealed interface Wrap extends LayerSpec {
  /** How the two directions of {@link Bidirectional} meet. */
  enum Merge {
    CONCAT,
    SUM,
    MUL,
    AVE
  }

  /**
   * A recurrent layer read from both ends. Weights begin with {@code forward} and {@code backward}.
   *
   * @param layer an RNN, GRU or LSTM
   * @param merge how the outputs meet
   */
  record Bidirectional(LayerSpec layer, @Default("concat") Merge merge) implements Wrap {
    /** Checks the layer. */
    public Bidirectional {
      if (!(layer instanceof Recurring)) {
        throw new ModelException("bidirectional", layer.kind());
      }
    }

    @Override
    public Shape output(Shape input) {
      long[] sizes = layer.output(input).sizes();
      if (merge == Merge.CONCAT) {
        sizes[sizes.length - 1] *= 2;
      }
      return Shape.of(sizes);
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Layer ahead = layer.build(input, weights.inside("forward"));
      Layer back = layer.build(input, weights.inside("backward"));
      boolean sequences = ((Recurring) layer).sequences();
      return new Layer() {
        @Override
        public Tensor forward(Tensor x, Pass pass) {
          Tensor first = ahead.forward(x, pass);
          Tensor second = back.forward(x.flip(1), pass);
          Tensor aligned = sequences ? second.flip(1) : second;
          return switch (merge) {
            case CONCAT -> Tensor.concat(List.of(first, aligned), -1);
            case SUM -> first.add(aligned);
            case MUL -> first.mul(aligned);
            case AVE -> first.add(aligned).mul(0.5);
          };
        }

        @Override
        public void reset() {
          ahead.reset();
          back.reset();
        }
      };
    }

    @Override
    public double operations(Shape input) {
      return 2 * layer.operations(input);
    }
  }

  /**
   * The same layer at every step of a series: [time, …] → [time, …].
   *
   * @param layer applied to each step
   */
  record TimeDistributed(LayerSpec layer) implements Wrap {
    @Override
    public Shape output(Shape input) {
      if (input.rank() < 2) {
        throw new ModelException("layer.rank", kind(), 2, input, "");
      }
      return layer.output(input.row()).withRows(input.size(0));
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      Layer inner = layer.build(input.row(), weights);
      Shape one = input.row();
      Shape row = layer.output(input.row());
      return (x, pass) -> {
        long batch = x.size(0);
        long time = x.size(1);
        Tensor all =
            layer
                .activation()
                .apply(inner.forward(x.reshape(one.withRows(batch * time).sizes()), pass));
        return all.reshape(row.withRows(time).withRows(batch).sizes());
      };
    }

    @Override
    public double operations(Shape input) {
      return input.size(0) * layer.operations(input.row());
    }
  }

  /**
   * Layers whose output is added to their input (He et al. 2016).
   *
   * @param layers at least one; the last gives the shape of the first's input
   */
  record Residual(List<LayerSpec> layers) implements Wrap {
    /** Copies the layers. */
    public Residual {
      layers = List.copyOf(layers);
      if (layers.isEmpty()) {
        throw new ModelException("layers.none");
      }
    }

    @Override
    public Shape output(Shape input) {
      Shape shape = input;
      for (LayerSpec layer : layers) {
        shape = layer.output(shape);
      }
      if (!shape.equals(input)) {
        throw new ModelException("residual", shape, input);
      }
      return input;
    }

    @Override
    public Layer build(Shape input, Weights weights) {
      List<Layer> built = new ArrayList<>();
      Shape shape = input;
      for (int i = 0; i < layers.size(); i++) {
        built.add(layers.get(i).build(shape, weights.inside(String.valueOf(i))));
        shape = layers.get(i).output(shape);
      }
      return (x, pass) -> {
        Tensor value = x;
        for (int i = 0; i < built.size(); i++) {
          value = layers.get(i).activation().apply(built.get(i).forward(value, pass));
        }
        return x.add(value);
      };
    }

    @Override
    public double operations(Shape input) {
      double sum = 0;
      Shape shape = input;
      for (LayerSpec layer : layers) {
        sum += layer.operations(shape);
        shape = layer.output(shape);
      }
      return sum;
    }
  }
}
