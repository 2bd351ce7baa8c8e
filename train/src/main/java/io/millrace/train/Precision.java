package io.millrace.train;

/** In which numbers a network computes while training; weights and sums are always float32. */
public enum Precision {
  /** 32 bits throughout. */
  FLOAT32,
  /** Products in bfloat16, the rest in float32. */
  BF16
}
