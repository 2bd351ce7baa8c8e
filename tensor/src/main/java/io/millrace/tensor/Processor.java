package io.millrace.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of the processor; elsewhere nothing is known. */
final class Processor {
  /** How Intel's processors name their maker. */
  static final String INTEL = "GenuineIntel";

  private static final String SAID = read();

  private Processor() {}

  /** Whether the word stands in what is said of it: a maker or a capability. */
  static boolean says(String word) {
    return SAID.contains(word);
  }

  private static String read() {
    Path file = Path.of("/proc/cpuinfo");
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
