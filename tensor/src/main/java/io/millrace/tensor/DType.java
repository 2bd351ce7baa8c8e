package io.millrace.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** The element types of tensors and of safetensors files. */
public enum DType {
  FLOAT32("F32", 4, ScalarType.Float),
  FLOAT64("F64", 8, ScalarType.Double),
  FLOAT16("F16", 2, ScalarType.Half),
  BFLOAT16("BF16", 2, ScalarType.BFloat16),
  INT8("I8", 1, ScalarType.Char),
  UINT8("U8", 1, ScalarType.Byte),
  INT16("I16", 2, ScalarType.Short),
  UINT16("U16", 2, ScalarType.UInt16),
  INT32("I32", 4, ScalarType.Int),
  UINT32("U32", 4, ScalarType.UInt32),
  INT64("I64", 8, ScalarType.Long),
  UINT64("U64", 8, ScalarType.UInt64),
  BOOL("BOOL", 1, ScalarType.Bool),
  FLOAT8_E4M3("F8_E4M3", 1, ScalarType.Float8_e4m3fn),
  FLOAT8_E5M2("F8_E5M2", 1, ScalarType.Float8_e5m2),
  FLOAT8_E8M0("F8_E8M0", 1, ScalarType.Float8_e8m0fnu),
  COMPLEX64("C64", 8, ScalarType.ComplexFloat),
  COMPLEX128("C128", 16, ScalarType.ComplexDouble);

  private final String code;
  private final int bytes;
  private final ScalarType scalarType;

  DType(String code, int bytes, ScalarType scalarType) {
    this.code = code;
    this.bytes = bytes;
    this.scalarType = scalarType;
  }

  /** The name in safetensors files, for example {@code F32}. */
  public String code() {
    return code;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are real floating-point numbers, so that gradients can flow. */
  public boolean isFloating() {
    return code.startsWith("F") || code.startsWith("BF");
  }

  /** The type with this safetensors name. */
  public static java.util.Optional<DType> ofCode(String code) {
    for (DType dtype : values()) {
      if (dtype.code.equals(code)) {
        return java.util.Optional.of(dtype);
      }
    }
    return java.util.Optional.empty();
  }

  /** The name in messages, for example {@code float32}. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  ScalarType scalarType() {
    return scalarType;
  }

  static DType of(ScalarType scalarType) {
    for (DType dtype : values()) {
      if (dtype.scalarType.value == scalarType.value) {
        return dtype;
      }
    }
    throw new TensorException("dtype.foreign", scalarType.intern());
  }
}
