package io.millrace.data;

/**
 * Shuffled row numbers as a function of (seed, epoch): Fisher and Yates' shuffle driven by
 * SplitMix64 (Steele, Lea, Flood 2014), written out here so that no JDK version changes anybody's
 * data order.
 */
public final class Permutation {
  private Permutation() {}

  /** The numbers 0 … {@code count}−1 in the order of this seed and epoch. */
  public static int[] of(long seed, int epoch, int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    long state = mix(seed) + 0x9E3779B97F4A7C15L * (epoch + 1L);
    for (int i = count - 1; i > 0; i--) {
      state += 0x9E3779B97F4A7C15L;
      // The high 64 bits of a 128-bit product map the draw to 0 … i without a modulo's bias.
      int j = (int) Math.unsignedMultiplyHigh(mix(state), i + 1L);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
