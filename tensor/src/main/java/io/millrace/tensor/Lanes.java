package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * What several kernels do with the numbers that a processor computes at once. Each result is the
 * same bits compiled and interpreted: sums have one order, and no library's function is asked.
 */
final class Lanes {
  static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  /** How many at once. */
  static final int WIDTH = FLOATS.length();

  /** All memory: callers check their bounds before, once for many reads. */
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
  private static final VectorShuffle<Float> EIGHT = turned(8);
  private static final VectorShuffle<Float> FOUR = turned(4);
  private static final VectorShuffle<Float> TWO = turned(2);
  private static final VectorShuffle<Float> ONE = turned(1);

  private static final float LOG2_E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Added and taken away again: rounds to a whole number, which then is in the lowest bits. */
  private static final float WHOLE = 12582912f;

  private Lanes() {}

  private static VectorShuffle<Float> turned(int by) {
    return VectorShuffle.fromOp(FLOATS, i -> (i + by) % FLOATS.length());
  }

  /** bfloat16 numbers at an address. */
  static FloatVector halves(long address) {
    IntVector wide =
        (IntVector)
            ShortVector.fromMemorySegment(SHORTS, ALL, address, ByteOrder.nativeOrder())
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    return wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /** The sum of all lanes: halves onto each other. */
  static float sum(FloatVector v) {
    FloatVector sum = WIDTH == 16 ? v.add(v.rearrange(EIGHT)) : v;
    sum = sum.add(sum.rearrange(FOUR));
    sum = sum.add(sum.rearrange(TWO));
    return sum.add(sum.rearrange(ONE)).lane(0);
  }

  /** e to the power of x, to about a unit in the last place; beyond ±87 as there (Cephes' expf). */
  static FloatVector exp(FloatVector x) {
    FloatVector near = x.max(-87f).min(87f);
    FloatVector whole = near.fma(FloatVector.broadcast(FLOATS, LOG2_E), broadcast(WHOLE));
    IntVector power = whole.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector n = whole.sub(WHOLE);
    FloatVector r = n.fma(broadcast(-LN2_HIGH), near);
    r = n.fma(broadcast(-LN2_LOW), r);
    FloatVector p = broadcast(1.9875691500e-4f);
    p = p.fma(r, broadcast(1.3981999507e-3f));
    p = p.fma(r, broadcast(8.3334519073e-3f));
    p = p.fma(r, broadcast(4.1665795894e-2f));
    p = p.fma(r, broadcast(1.6666665459e-1f));
    p = p.fma(r, broadcast(5.0000001201e-1f));
    p = p.fma(r.mul(r), r).add(1f);
    return p.mul(power.add(0x3F800000).reinterpretAsFloats());
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
