package io.millrace.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Texts written token by token by chance, within grammars. */
class GrammarTest {
  private static final long END = 0;
  private static final Vocabulary TOKENS = tokens();

  /** An end, all bytes, and longer tokens as vocabularies have them. */
  private static Vocabulary tokens() {
    List<byte[]> all = new ArrayList<>();
    all.add(null);
    for (int i = 0; i < 256; i++) {
      all.add(new byte[] {(byte) i});
    }
    for (String text :
        List.of(
            "\":",
            "\", \"",
            "},",
            "{\"",
            "\"}",
            " true",
            "name",
            "\"name",
            "12",
            "0.",
            "城市",
            "[",
            "]]",
            "\n  ",
            "\\u",
            "\":\"",
            "null",
            "-0",
            "e+",
            "tree",
            "children\":[")) {
      all.add(text.getBytes(StandardCharsets.UTF_8));
    }
    return new Vocabulary(all, false);
  }

  /** A text of a grammar by random scores, in so many tokens at most. */
  private static String write(Grammar grammar, Random random, int most) {
    return write(new TokenFilter(grammar, TOKENS), random, most);
  }

  private static String write(TokenFilter filter, Random random, int most) {
    TokenFilter.Place place = filter.start();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int left = most; left > 0 && !place.isOver(); left--) {
      float[] scores = new float[TOKENS.size()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextFloat();
      }
      place.narrow(scores, Set.of(END), left);
      int best = 0;
      for (int i = 1; i < scores.length; i++) {
        best = scores[i] > scores[best] ? i : best;
      }
      if (best == END) {
        return text.toString(StandardCharsets.UTF_8);
      }
      place.take(best);
      for (int i = 0; i < TOKENS.count(); i++) {
        if (TOKENS.id(i) == best) {
          text.writeBytes(TOKENS.text(i));
        }
      }
    }
    assertThat(place.isWhole()).as("whole: %s", text).isTrue();
    return text.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[A-Z]{3}-\\d{4}", "(ab|cd?)+e*", "a{2,}b{0,3}", "[^a-c\\s]{1,4}", "x(y(z)?)?",
        ".{3}", "\\u4e2d[\\u4e00-\\u9fff]+", "[\\w.-]+@[\\w-]+\\.com", "(?:a|)b", "\\.\\*\\[",
        "[a\\-z]+", "[]a-]?|q", "^start.*end$", "😀+[😀-😎]"
      })
  void textsOfRegularExpressionsMatch(String regex) {
    String java = regex.replace("[]a-]?", "[a\\]-]?");
    boolean readable = !regex.startsWith("[]");
    if (!readable) {
      // An empty class, as ECMA-262 reads it, matches nothing.
      assertThatThrownBy(() -> Grammar.regex(regex)).isInstanceOf(DataException.class);
      return;
    }
    Pattern pattern = Pattern.compile(java, Pattern.DOTALL);
    TokenFilter filter = new TokenFilter(Grammar.regex(regex), TOKENS);
    for (int seed = 0; seed < 50; seed++) {
      String text = write(filter, new Random(seed), 40);
      assertThat(text).matches(pattern);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a",
        "a)",
        "[a",
        "a**",
        "*a",
        "a{3,1}",
        "(?=a)",
        "(?<n>a)",
        "\\1",
        "\\bx",
        "a\\",
        "[z-a]",
        "\\p{L}",
        "a{99999}",
        "\\u{110000}",
        "a^b",
        "a$b"
      })
  void regularExpressionsThatCannotBeKeptToNameThePlace(String regex) {
    assertThatThrownBy(() -> Grammar.regex(regex))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(regex);
  }

  @ParameterizedTest
  @CsvSource({
    "true, -7, 12", "true, 0, 9", "true, 95, 1005", "true, -1000, -999", "false, -0.25, 0.125",
    "false, 0, 1", "false, 9.5, 10.25", "false, -3.75, -3.5", "false, 99.9, 100", "false, 2, 2"
  })
  void numbersKeepTheirBoundsAndReachThem(boolean whole, double low, double high) {
    JsonNode schema =
        Json.object()
            .put("type", whole ? "integer" : "number")
            .put("minimum", low)
            .put("maximum", high);
    TokenFilter filter = new TokenFilter(Grammar.schema(schema), TOKENS);
    double least = Double.MAX_VALUE;
    double most = -Double.MAX_VALUE;
    for (int seed = 0; seed < 3000; seed++) {
      double value = Double.parseDouble(write(filter, new Random(seed), 30));
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    assertThat(least).isGreaterThanOrEqualTo(low).isLessThan(low + (high - low) / 10 + 1e-9);
    assertThat(most).isLessThanOrEqualTo(high).isGreaterThan(high - (high - low) / 10 - 1e-9);
  }

  @Test
  void aTextThatWouldNotEndIsLedToItsEnd() {
    // Strings in nested lists: chance alone never closes them.
    Grammar grammar = Grammar.schema(Json.read("{\"type\": \"array\", \"minItems\": 2}", "x"));
    for (int most = 5; most < 60; most++) {
      String text = write(grammar, new Random(most), most);
      assertThat(Json.read(text, "text").size()).isGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"objekt\"}|objekt",
        "{\"not\":{}}|not",
        "{\"type\":\"array\",\"uniqueItems\":true}|uniqueItems",
        "{\"$ref\":\"#/$defs/none\"}|#/$defs/none",
        "{\"$ref\":\"http://x/y\"}|http://x/y",
        "{\"enum\":[]}|#",
        "{\"type\":\"integer\",\"minimum\":0.1,\"maximum\":0.9}|#",
        "{\"minLength\":5,\"maxLength\":2}|#",
        "{\"type\":\"number\",\"minimum\":1e999999}|minimum",
        "{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}|#",
        "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]}|oneOf",
        "[]|#",
        "{\"properties\":[]}|properties",
        "{\"type\":\"string\",\"pattern\":\"(\"}|(",
        "{\"type\":\"array\",\"minItems\":-1}|minItems",
        "{\"patternProperties\":{}}|patternProperties"
      })
  void schemasThatCannotBeKeptToNameThePlace(String schema, String said) {
    assertThatThrownBy(() -> Grammar.schema(Json.read(schema, "schema")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(said);
  }

  @Test
  void grammarsMadeToHurtAreRefusedQuickly() {
    Grammar grammar = Grammar.regex("((a{0,3000}){0,3000}){0,3000}b");
    assertThatThrownBy(() -> write(grammar, new Random(1), 50)).isInstanceOf(DataException.class);
    StringBuilder deep = new StringBuilder();
    deep.append("{\"items\":".repeat(5000)).append("{}").append("}".repeat(5000));
    assertThatThrownBy(() -> Grammar.schema(Json.read(deep.toString(), "schema")))
        .isInstanceOf(io.millrace.ground.message.Problem.class);
  }

  @Test
  void vocabulariesWithoutTheNeededTokensAreSaid() {
    Vocabulary few = new Vocabulary(Arrays.asList(null, new byte[] {'a'}), false);
    TokenFilter filter = new TokenFilter(Grammar.text("ab"), few);
    TokenFilter.Place place = filter.start();
    place.take(1);
    assertThatThrownBy(() -> place.narrow(new float[2], Set.of(END), 9))
        .isInstanceOf(DataException.class);
  }
}
