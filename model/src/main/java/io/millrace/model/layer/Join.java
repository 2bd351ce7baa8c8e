package io.millrace.model.layer;

import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Layers without weights that make one row of several. */
public sealed interface Join extends JoinSpec {
  /** Inputs of one shape (sizes of 1 broadcast), element by element. */
  sealed interface Elementwise extends Join {
    /** Two of the inputs. */
    Tensor join(Tensor first, Tensor second);

    @Override
    default Shape output(List<Shape> inputs) {
      long[] sizes = inputs.getFirst().sizes();
      for (Shape other : inputs) {
        if (other.rank() != sizes.length || !other.broadcastsWith(Shape.of(sizes))) {
          throw new ModelException("join.shapes", kind(), inputs);
        }
        for (int i = 0; i < sizes.length; i++) {
          sizes[i] = Math.max(sizes[i], other.size(i));
        }
      }
      return Shape.of(sizes);
    }

    @Override
    default Layer.Joining join(List<Shape> inputs, Weights weights) {
      return (all, pass) -> all.stream().reduce(this::join).orElseThrow();
    }
  }

  /** The sum. */
  record Add() implements Elementwise {
    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.add(second);
    }
  }

  /** The first less the second. */
  record Subtract() implements Elementwise {
    @Override
    public Shape output(List<Shape> inputs) {
      if (inputs.size() != 2) {
        throw new ModelException("join.two", kind(), inputs.size());
      }
      return Elementwise.super.output(inputs);
    }

    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.sub(second);
    }
  }

  /** The product. */
  record Multiply() implements Elementwise {
    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.mul(second);
    }
  }

  /** The mean. */
  record Average() implements Elementwise {
    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.add(second);
    }

    @Override
    public Layer.Joining join(List<Shape> inputs, Weights weights) {
      return (all, pass) -> all.stream().reduce(this::join).orElseThrow().div(all.size());
    }
  }

  /** The largest. */
  record Maximum() implements Elementwise {
    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.maximum(second);
    }
  }

  /** The smallest. */
  record Minimum() implements Elementwise {
    @Override
    public Tensor join(Tensor first, Tensor second) {
      return first.minimum(second);
    }
  }

  /**
   * Rows side by side.
   *
   * @param axis the row's dimension along which they lie: −1 the last, 1 the first
   */
  record Concatenate(@Default("-1") int axis) implements Join {
    @Override
    public Shape output(List<Shape> inputs) {
      long[] sizes = inputs.getFirst().sizes();
      int at = place(sizes.length);
      long sum = 0;
      for (Shape input : inputs) {
        long[] others = input.sizes();
        if (others.length != sizes.length) {
          throw new ModelException("join.shapes", kind(), inputs);
        }
        sum += others[at];
        others[at] = sizes[at];
        if (!Arrays.equals(others, sizes)) {
          throw new ModelException("join.shapes", kind(), inputs);
        }
      }
      sizes[at] = sum;
      return Shape.of(sizes);
    }

    private int place(int rank) {
      int at = axis < 0 ? axis + rank : axis - 1;
      if (at < 0 || at >= rank) {
        throw new ModelException("join.axis", kind(), axis, rank);
      }
      return at;
    }

    @Override
    public Layer.Joining join(List<Shape> inputs, Weights weights) {
      int at = place(inputs.getFirst().rank()) + 1;
      return (all, pass) -> Tensor.concat(new ArrayList<>(all), at);
    }
  }

  /**
   * The product of two rows summed over a dimension of each, as Keras's {@code Dot}.
   *
   * @param axes the dimension of each, counted from 1 (or from the last, −1); one for both or two
   * @param normalize whether each is first divided by its length, for the cosine
   */
  record Dot(@Default("-1") List<Integer> axes, @Default("false") boolean normalize)
      implements Join {
    /** Copies the axes. */
    public Dot {
      axes = axes.size() == 1 ? List.of(axes.getFirst(), axes.getFirst()) : List.copyOf(axes);
      if (axes.size() != 2) {
        throw new ModelException("join.axis", "Dot", axes, 2);
      }
    }

    private int place(int which, Shape input) {
      int axis = axes.get(which);
      int at = axis < 0 ? axis + input.rank() : axis - 1;
      if (at < 0 || at >= input.rank() || input.rank() > 2) {
        throw new ModelException("join.axis", kind(), axis, input.rank());
      }
      return at;
    }

    @Override
    public Shape output(List<Shape> inputs) {
      if (inputs.size() != 2) {
        throw new ModelException("join.two", kind(), inputs.size());
      }
      List<Long> sizes = new ArrayList<>();
      long[] summed = new long[2];
      for (int i = 0; i < 2; i++) {
        Shape input = inputs.get(i);
        int at = place(i, input);
        summed[i] = input.size(at);
        for (int d = 0; d < input.rank(); d++) {
          if (d != at) {
            sizes.add(input.size(d));
          }
        }
      }
      if (summed[0] != summed[1]) {
        throw new ModelException("join.shapes", kind(), inputs);
      }
      return sizes.isEmpty() ? Shape.of(1) : Shape.of(sizes.stream().mapToLong(v -> v).toArray());
    }

    @Override
    public Layer.Joining join(List<Shape> inputs, Weights weights) {
      Shape out = output(inputs);
      return (all, pass) -> {
        // [batch, kept, summed] · [batch, summed, kept]
        Tensor first = turned(all.get(0), 0, inputs.get(0));
        Tensor second = turned(all.get(1), 1, inputs.get(1));
        return first.matmul(second.transpose(1, 2)).reshape(out.withRows(first.size(0)).sizes());
      };
    }

    private Tensor turned(Tensor x, int which, Shape input) {
      Tensor rows = x.rank() == 2 ? x.unsqueeze(1) : x;
      Tensor turned = x.rank() == 3 && place(which, input) == 0 ? rows.transpose(1, 2) : rows;
      if (!normalize) {
        return turned;
      }
      // Keras's l2_normalize: a floor of 1e-12 under the squared length.
      Tensor length = turned.square().sum(2).unsqueeze(2).clamp(1e-12, 1e38).sqrt();
      return turned.div(length);
    }
  }
}
