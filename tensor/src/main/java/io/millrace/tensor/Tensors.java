package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Makes tensors in the current scope, on the processor unless moved; cuts one into pieces. */
public final class Tensors {
  private Tensors() {}

  /** A float32 tensor with a copy of these values, row by row. */
  public static Tensor of(float[] values, long... sizes) {
    Shape shape = checked(values.length, sizes);
    return Copies.from(MemorySegment.ofArray(values), DType.FLOAT32, shape);
  }

  /** A float64 tensor with a copy of these values, row by row. */
  public static Tensor of(double[] values, long... sizes) {
    Shape shape = checked(values.length, sizes);
    return Copies.from(MemorySegment.ofArray(values), DType.FLOAT64, shape);
  }

  /** An int64 tensor with a copy of these values, row by row. */
  public static Tensor of(long[] values, long... sizes) {
    Shape shape = checked(values.length, sizes);
    return Copies.from(MemorySegment.ofArray(values), DType.INT64, shape);
  }

  /** An int32 tensor with a copy of these values, row by row. */
  public static Tensor of(int[] values, long... sizes) {
    Shape shape = checked(values.length, sizes);
    return Copies.from(MemorySegment.ofArray(values), DType.INT32, shape);
  }

  /** A uint8 tensor with a copy of these bytes, row by row. */
  public static Tensor of(byte[] values, long... sizes) {
    Shape shape = checked(values.length, sizes);
    return Copies.from(MemorySegment.ofArray(values), DType.UINT8, shape);
  }

  /** A tensor with a copy of a segment's little-endian elements, row by row. */
  public static Tensor of(MemorySegment values, DType dtype, Shape shape) {
    return Copies.from(values, dtype, shape);
  }

  /** A float32 scalar. */
  public static Tensor scalar(double value) {
    return of(new float[] {(float) value});
  }

  /** All zeros. */
  public static Tensor zeros(DType dtype, long... sizes) {
    return empty("zeros", dtype, Shape.of(sizes)).fillInPlace(0);
  }

  /** All ones. */
  public static Tensor ones(DType dtype, long... sizes) {
    return empty("ones", dtype, Shape.of(sizes)).fillInPlace(1);
  }

  /** All the same value. */
  public static Tensor full(double value, DType dtype, long... sizes) {
    return empty("full", dtype, Shape.of(sizes)).fillInPlace(value);
  }

  /**
   * Room for numbers that are not set yet, for {@link Tensor#setInPlace}. Large ones lie in large
   * pages where the system has them, which reads weights some percent faster.
   */
  public static Tensor room(DType dtype, long... sizes) {
    Tensor tensor = empty("room", dtype, Shape.of(sizes));
    long bytes = tensor.elements() * dtype.bytes();
    if (bytes >= LargePages.WORTH) {
      tensor.ask(
          "room",
          h -> {
            try (var pointer = h.data_ptr()) {
              LargePages.advise(pointer.address(), bytes);
              return true;
            }
          });
    }
    return tensor;
  }

  /** 0, 1, … {@code end}−1 as int64. */
  public static Tensor range(long end) {
    if (end < 0) {
      throw new TensorException("shape.negative", "[" + end + "]");
    }
    Engine.checkSize("range", end, DType.INT64);
    return Call.make(
        "range",
        () -> {
          try (var last = Call.scalar(end);
              var options = new TensorOptions(torch.ScalarType.Long)) {
            return torch.arange(last, options);
          }
        });
  }

  /** Independent draws from the normal distribution with mean 0 and deviation 1, float32. */
  public static Tensor normal(long... sizes) {
    Tensor tensor = empty("normal", DType.FLOAT32, Shape.of(sizes));
    return Call.inPlace("normal", tensor, org.bytedeco.pytorch.Tensor::normal_);
  }

  /** Independent draws from [{@code low}, {@code high}), float32. */
  public static Tensor uniform(double low, double high, long... sizes) {
    if (!(low <= high) || Double.isInfinite(high - low)) {
      throw new TensorException("range.order", low, high);
    }
    Tensor tensor = empty("uniform", DType.FLOAT32, Shape.of(sizes));
    return Call.inPlace(
        "uniform",
        tensor,
        h -> {
          try (var generator = new org.bytedeco.pytorch.GeneratorOptional()) {
            return h.uniform_(low, high, generator);
          }
        });
  }

  /**
   * Pieces side by side (views). Going back, their gradients are joined once, where each {@link
   * Tensor#narrow} would fill the whole with zeros.
   *
   * @param sizes of the pieces along the dimension; their sum is its size
   */
  public static List<Tensor> split(Tensor whole, int dimension, long... sizes) {
    return Call.many(
        "split",
        List.of(whole),
        h -> {
          var pieces = new org.bytedeco.pytorch.Tensor[sizes.length];
          try (var all = torch.split_with_sizes(h[0], sizes, dimension)) {
            for (int i = 0; i < pieces.length; i++) {
              pieces[i] = new org.bytedeco.pytorch.Tensor(all.get(i));
            }
          }
          return pieces;
        });
  }

  static Tensor empty(String operator, DType dtype, Shape shape) {
    Engine.checkSize(operator, shape.elements(), dtype);
    return Call.make(
        operator,
        () -> {
          try (var options = new TensorOptions(dtype.scalarType())) {
            return torch.empty(shape.sizes(), options, NO_FORMAT);
          }
        });
  }

  private static Shape checked(long values, long... sizes) {
    Shape shape = Shape.of(sizes);
    if (shape.elements() != values) {
      throw new TensorException("values.count", values, shape, shape.elements());
    }
    return shape;
  }

  private static final org.bytedeco.pytorch.MemoryFormatOptional NO_FORMAT;

  static {
    Engine.start();
    NO_FORMAT = new org.bytedeco.pytorch.MemoryFormatOptional();
  }
}
