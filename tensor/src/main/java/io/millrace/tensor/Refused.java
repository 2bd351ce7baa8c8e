package io.millrace.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * The operators that the door refuses, read from {@code refused-operators.txt}: a line is a name,
 * or a prefix that ends in {@code *}. Found by calling everything with random arguments until
 * nothing crashed the JVM any more ({@code OperatorHunt} in the tests), then by reading schemas for
 * the same kind.
 */
final class Refused {
  private static final Set<String> NAMES = new HashSet<>();
  private static final Set<String> PREFIXES = new HashSet<>();

  static {
    try (InputStream in =
        Objects.requireNonNull(Refused.class.getResourceAsStream("refused-operators.txt"))) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .forEach(
              line -> {
                if (line.endsWith("*")) {
                  PREFIXES.add(line.substring(0, line.length() - 1));
                } else {
                  NAMES.add(line);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Refused() {}

  static boolean contains(String name) {
    int dot = name.indexOf('.');
    return NAMES.contains(name)
        || (dot > 0 && NAMES.contains(name.substring(0, dot)))
        || PREFIXES.stream().anyMatch(name::startsWith);
  }
}
