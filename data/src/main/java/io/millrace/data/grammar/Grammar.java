package io.millrace.data.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A set of texts, as UTF-8 bytes.
 *
 * <pre>{@code
 * Grammar answer = Grammar.schema(Json.read("{\"type\": \"integer\", \"minimum\": 0}", "answer"));
 * Grammar plate = Grammar.regex("[A-Z]{3}-\\d{4}");
 * Grammar word = Grammar.anyOf(List.of("yes", "no"));
 * }</pre>
 */
public sealed interface Grammar {
  /** The empty text. */
  Grammar EMPTY = new Sequence(List.of());

  /** One byte out of a set. */
  record Bytes(BitSet set) implements Grammar {}

  /** One after another. */
  record Sequence(List<Grammar> parts) implements Grammar {}

  /** One of several. */
  record Choice(List<Grammar> options) implements Grammar {}

  /**
   * The same several times.
   *
   * @param most {@link #UNBOUNDED} for as often as one likes
   */
  record Repeat(Grammar part, int least, int most) implements Grammar {
    /** No upper bound. */
    static final int UNBOUNDED = -1;
  }

  /** A grammar that may stand within itself. */
  final class Rule implements Grammar {
    private @Nullable Grammar body;

    /** Says what it stands for, once. */
    void is(Grammar grammar) {
      body = grammar;
    }

    Grammar body() {
      return java.util.Objects.requireNonNull(body);
    }
  }

  /** This text. */
  static Grammar text(String text) {
    List<Grammar> parts = new ArrayList<>();
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      parts.add(CodePoints.bytes(one & 0xFF, one & 0xFF));
    }
    return new Sequence(parts);
  }

  /** One of these texts. */
  static Grammar anyOf(List<String> texts) {
    return new Choice(texts.stream().map(Grammar::text).toList());
  }

  /**
   * The texts that a regular expression matches as a whole: characters, classes, groups, {@code |},
   * {@code * + ? {m,n}}, {@code \d \w \s}; no look-around and no back references.
   *
   * @throws io.millrace.data.DataException if it cannot be read, with the place
   */
  static Grammar regex(String regex) {
    return new RegexGrammar(regex, CodePoints::plain).whole();
  }

  /** Any JSON object. */
  static Grammar object() {
    return JsonText.object();
  }

  /**
   * JSON texts that a schema (draft 2020-12) accepts.
   *
   * @throws io.millrace.data.DataException if it is no schema, has a keyword that cannot be kept
   *     to, or accepts nothing
   */
  static Grammar schema(JsonNode schema) {
    return new SchemaGrammar(schema).whole();
  }

  /** One after another. */
  static Grammar row(Grammar... parts) {
    return new Sequence(List.of(parts));
  }

  /** One of several. */
  static Grammar either(Grammar... options) {
    return new Choice(List.of(options));
  }

  /** This or nothing. */
  static Grammar maybe(Grammar part) {
    return new Repeat(part, 0, 1);
  }
}
