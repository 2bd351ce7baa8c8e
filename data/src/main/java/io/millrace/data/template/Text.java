package io.millrace.data.template;

/** Python's idea of blanks. */
final class Text {
  private Text() {}

  static boolean isBlank(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= 0x1C && c <= ' ')
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  static String strip(String text) {
    return stripEnd(stripStart(text));
  }

  static String stripStart(String text) {
    int i = 0;
    while (i < text.length() && isBlank(text.charAt(i))) {
      i++;
    }
    return text.substring(i);
  }

  static String stripEnd(String text) {
    int i = text.length();
    while (i > 0 && isBlank(text.charAt(i - 1))) {
      i--;
    }
    return text.substring(0, i);
  }

  /** Without characters of a set at the start, the end or both. */
  static String strip(String text, String set, boolean start, boolean end) {
    int from = 0;
    int to = text.length();
    while (start && from < to && set.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (end && to > from && set.indexOf(text.charAt(to - 1)) >= 0) {
      to--;
    }
    return text.substring(from, to);
  }
}
