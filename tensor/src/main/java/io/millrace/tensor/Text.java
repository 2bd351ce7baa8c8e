package io.millrace.tensor;

import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/** Strings from C++: an empty one arrives as {@code null}. */
final class Text {
  private Text() {}

  static String of(@Nullable BytePointer text) {
    if (text == null) {
      return "";
    }
    try (text) {
      return text.getString();
    }
  }
}
