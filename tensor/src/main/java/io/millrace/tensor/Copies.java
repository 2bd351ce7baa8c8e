package io.millrace.tensor;

import java.lang.foreign.MemorySegment;

/** Copies between Java arrays or segments and native memory. */
final class Copies {
  private Copies() {}

  static Tensor from(MemorySegment values, DType dtype, Shape shape) {
    long bytes = shape.elements() * dtype.bytes();
    if (values.byteSize() != bytes) {
      throw new TensorException("segment.size", values.byteSize(), bytes, shape + " " + dtype);
    }
    Tensor tensor = Tensors.empty("of", dtype, shape);
    tensor.ask(
        "of",
        h -> {
          memory(h, bytes).copyFrom(values);
          return true;
        });
    return tensor;
  }

  static Tensor into(Tensor tensor, MemorySegment values) {
    long bytes = tensor.elements() * tensor.dtype().bytes();
    if (values.byteSize() != bytes) {
      throw new TensorException("segment.size", values.byteSize(), bytes, tensor.describe());
    }
    Call.require(
        tensor.ask("set", org.bytedeco.pytorch.Tensor::is_contiguous),
        "setInPlace",
        "tensor",
        tensor.describe(),
        "no view with gaps");
    tensor.ask(
        "set",
        h -> {
          memory(h, bytes).copyFrom(values);
          return true;
        });
    return tensor;
  }

  static float[] floats(Tensor tensor) {
    float[] values = new float[count(tensor)];
    fill(tensor, DType.FLOAT32, MemorySegment.ofArray(values));
    return values;
  }

  static double[] doubles(Tensor tensor) {
    double[] values = new double[count(tensor)];
    fill(tensor, DType.FLOAT64, MemorySegment.ofArray(values));
    return values;
  }

  static long[] longs(Tensor tensor) {
    long[] values = new long[count(tensor)];
    fill(tensor, DType.INT64, MemorySegment.ofArray(values));
    return values;
  }

  static byte[] bytes(Tensor tensor) {
    DType dtype = tensor.dtype();
    long bytes = tensor.elements() * dtype.bytes();
    if (bytes > Integer.MAX_VALUE - 16) {
      throw new TensorException("array.large", tensor.shape());
    }
    byte[] values = new byte[(int) bytes];
    fill(tensor, dtype, MemorySegment.ofArray(values));
    return values;
  }

  static void copyTo(Tensor tensor, MemorySegment target) {
    DType dtype = tensor.dtype();
    long bytes = tensor.elements() * dtype.bytes();
    if (target.byteSize() != bytes) {
      throw new TensorException("segment.size", target.byteSize(), bytes, tensor.describe());
    }
    if (target.isReadOnly()) {
      throw new TensorException("segment.readonly");
    }
    fill(tensor, dtype, target);
  }

  private static int count(Tensor tensor) {
    long count = tensor.elements();
    if (count > Integer.MAX_VALUE - 16) {
      throw new TensorException("array.large", tensor.shape());
    }
    return (int) count;
  }

  private static void fill(Tensor tensor, DType dtype, MemorySegment target) {
    if (target.byteSize() == 0) {
      return;
    }
    tensor.ask(
        "copy",
        h -> {
          // Each step may return a new reference to the same tensor or a new one: all are ours to
          // free.
          try (var detached = h.detach();
              var plain = detached.resolve_conj();
              var real = plain.resolve_neg();
              var typed = real.to(dtype.scalarType());
              var local = typed.cpu();
              var rows = local.contiguous()) {
            target.copyFrom(memory(rows, target.byteSize()));
            return true;
          }
        });
  }

  /** A tensor's numbers where they lie, while it lives; contiguous and on the CPU. */
  static MemorySegment memory(org.bytedeco.pytorch.Tensor h, long bytes) {
    if (bytes == 0) {
      return MemorySegment.NULL;
    }
    try (var pointer = h.data_ptr()) {
      return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }
  }
}
