package io.millrace.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.DataException;
import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Damaged files are refused before the Rust library sees them: it would end the process. */
class TokenizerCheckTest {
  private static final List<String> MODELS =
      List.of(
          """
          {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]],
           "unk_token": "a", "continuing_subword_prefix": "", "byte_fallback": false}
          """,
          """
          {"type": "WordPiece", "vocab": {"a": 0, "b": 1, "##a": 2, "[UNK]": 3},
           "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9}
          """,
          """
          {"type": "Unigram", "vocab": [["<unk>", 0.0], ["a", -1.0], ["▁b", -2.5], ["ab", -3.0]],
           "unk_id": 0, "byte_fallback": false}
          """);

  private static ObjectNode file(String model) {
    ObjectNode root = TokenizerJson.of((ObjectNode) Json.read(model, "model"));
    TokenizerJson.add(root, 0, "<s>", true);
    root.set(
        "normalizer",
        Json.read(
            """
            {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"},
             {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}
            """,
            "normalizer"));
    root.set(
        "pre_tokenizer",
        Json.read(
            """
            {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "b+"},
             "behavior": "Isolated", "invert": false},
             {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}]}
            """,
            "pre_tokenizer"));
    root.set(
        "post_processor", TokenizerJson.around(java.util.Map.of("<s>", 0), java.util.Map.of()));
    root.set(
        "decoder",
        Json.read(
            """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"},
             "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
             {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """,
            "decoder"));
    return root;
  }

  private static void use(String json) {
    try (Tokenizer tokenizer = Tokenizer.of(json, "damaged")) {
      for (String text : List.of("", "ab ba\u0000 数据 b", "<s>", "💥".repeat(40))) {
        long[] ids = tokenizer.encode(text).ids();
        tokenizer.decode(ids);
        tokenizer.encode(text, "b");
      }
      tokenizer.decode(new long[] {0, 3, 99, Integer.MAX_VALUE});
    } catch (RuntimeException e) {
      // Ours, or the library's own refusal of a text.
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static void refused(Consumer<ObjectNode> damage, String model, String named) {
    ObjectNode root = file(model);
    use(root.toString());
    damage.accept(root);
    assertThatThrownBy(() -> Tokenizer.of(root.toString(), "damaged"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining(named);
  }

  @Test
  void prefixesThatPiecesDoNotHave() {
    refused(
        root -> ((ObjectNode) root.path("model")).put("continuing_subword_prefix", "▁"),
        MODELS.getFirst(),
        "continuing_subword_prefix");
  }

  @Test
  void stripsBehindTheEnd() {
    refused(
        root -> ((ObjectNode) root.path("decoder").path("decoders").path(3)).put("stop", 3),
        MODELS.getFirst(),
        "stop");
  }

  @Test
  void specialTokensThatNobodyNamed() {
    refused(
        root -> ((ObjectNode) root.path("post_processor").path("special_tokens")).remove("<s>"),
        MODELS.getFirst(),
        "<s>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not base64!", "AAAA", "BAAAAAAAAAA=", "BAAAAP////8="})
  void mapsThatLeadNowhere(String map) {
    refused(
        root ->
            root.set(
                "normalizer",
                Json.object().put("type", "Precompiled").put("precompiled_charsmap", map)),
        MODELS.getLast(),
        "precompiled_charsmap");
  }

  /** Thousands of such runs found the rules above; these keep them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void changedAtRandomNothingEndsTheProcess(int model) {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(1000L * model + seed);
      ObjectNode root = file(MODELS.get(model));
      for (int i = 0; i <= random.nextInt(3); i++) {
        List<Consumer<JsonNode>> places = new ArrayList<>();
        collect(root, places);
        places.get(random.nextInt(places.size())).accept(odd(random));
      }
      use(root.toString());
    }
  }

  private static void collect(JsonNode node, List<Consumer<JsonNode>> places) {
    if (node instanceof ObjectNode object) {
      for (var entry : object.properties()) {
        places.add(value -> object.set(entry.getKey(), value));
        collect(entry.getValue(), places);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int place = i;
        places.add(value -> array.set(place, value));
        collect(array.get(i), places);
      }
    }
  }

  private static JsonNode odd(Random random) {
    Object[] values = {
      -1,
      0,
      1,
      299,
      4294967296L,
      1e30,
      0.5,
      "",
      "a",
      "##",
      "▁",
      "<s>",
      "[^",
      "\u0000",
      "💥",
      "Removed",
      "never",
      true,
      false
    };
    int pick = random.nextInt(values.length + 3);
    return pick < values.length
        ? Json.mapper().valueToTree(values[pick])
        : Json.read(List.of("null", "{}", "[]").get(pick - values.length), "odd");
  }
}
