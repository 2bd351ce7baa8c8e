package io.millrace.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The operators that the door refuses, read from {@code refused-operators.txt}. Found by calling
 * everything with random arguments until nothing crashed the JVM any more ({@code WrongCalls} in
 * the tests), then by refusing families of the same kind.
 */
final class Refused {
  private static final Pattern REFUSED = read();

  private Refused() {}

  /** Whether the operator, with any of its overloads, is refused. */
  static boolean contains(String name) {
    int dot = name.indexOf('.');
    return REFUSED.matcher(name).matches()
        || (dot > 0 && REFUSED.matcher(name.substring(0, dot)).matches());
  }

  private static Pattern read() {
    try (InputStream in =
        Objects.requireNonNull(Refused.class.getResourceAsStream("refused-operators.txt"))) {
      return Pattern.compile(
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .map(line -> line.replace(".", "\\.").replace("*", ".*"))
              .collect(Collectors.joining("|")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
