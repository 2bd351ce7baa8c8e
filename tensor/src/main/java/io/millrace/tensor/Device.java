package io.millrace.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * Where a tensor lives.
 *
 * @param kind {@link Kind#CPU} or {@link Kind#CUDA}
 * @param index the card's number, 0 for the processor
 */
public record Device(Kind kind, int index) {
  /** The kinds of device. */
  public enum Kind {
    CPU,
    CUDA
  }

  /** The processor. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  /** Checks the index: 0 for the processor, 0 to 127 for cards. */
  public Device {
    if (index < 0 || index > 127 || (kind == Kind.CPU && index != 0)) {
      throw new TensorException(
          "device.unknown", kind.name().toLowerCase(java.util.Locale.ROOT) + ":" + index);
    }
  }

  /** The card with this number. */
  public static Device cuda(int index) {
    return new Device(Kind.CUDA, index);
  }

  /**
   * Reads {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:1}; {@code auto} takes the first
   * card where one is usable, else the processor.
   */
  public static Device parse(String text) {
    if (text.equals("auto")) {
      return Engine.cudaUsable() ? cuda(0) : CPU;
    }
    if (text.equals("cpu")) {
      return CPU;
    }
    if (text.equals("cuda")) {
      return cuda(0);
    }
    if (text.matches("cuda:\\d{1,3}")) {
      return cuda(Integer.parseInt(text.substring(5)));
    }
    throw new TensorException("device.unknown", text);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }

  org.bytedeco.pytorch.Device handle() {
    return kind == Kind.CPU
        ? new org.bytedeco.pytorch.Device(torch.DeviceType.CPU)
        : new org.bytedeco.pytorch.Device(torch.DeviceType.CUDA, (byte) index);
  }

  static Device of(org.bytedeco.pytorch.Device device) {
    return device.is_cuda() ? cuda(Math.max(0, device.index())) : CPU;
  }
}
