package io.millrace.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * The state of the process's random numbers (dropout, {@link Tensors#normal} …): the Mersenne
 * twister of libtorch's CPU generator.
 */
public final class RandomState {
  private RandomState() {}

  /** Starts the sequence that belongs to this seed; equal seeds give equal numbers. */
  public static void seed(long seed) {
    Engine.start();
    torch.manual_seed(seed);
  }

  /** The present state, to continue from later or in another process of the same version. */
  public static byte[] capture() {
    Engine.start();
    try (Scope scope = Scope.open();
        var generator = torch.getDefaultCPUGenerator()) {
      return new Tensor(generator.get_state(), scope).toBytes();
    }
  }

  /**
   * Continues from a captured state.
   *
   * @throws TensorException if the bytes are no such state
   */
  public static void restore(byte[] state) {
    int expected = capture().length;
    if (state.length != expected) {
      throw new TensorException("random.state", state.length, expected);
    }
    try (Scope scope = Scope.open();
        var generator = torch.getDefaultCPUGenerator()) {
      Tensor bytes = Tensors.of(state, state.length);
      Call.inPlace(
          "restore",
          bytes,
          h -> {
            generator.set_state(h);
            return h;
          });
    }
  }
}
