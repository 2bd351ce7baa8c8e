package io.millrace.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Our tokenizers beside those of transformers, tokenizers and sentencepiece in Python. */
class TokenizerPeerTest {
  private static final Path VOCABULARIES =
      Path.of(System.getProperty("basedir", "."), "../../shared/data/tokenizers");

  @TempDir static Path folder;

  @BeforeAll
  static void make() throws IOException, InterruptedException {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with transformers");
    assumeTrue(Files.exists(VOCABULARIES), "needs ../shared/data");
    Process process =
        new ProcessBuilder(
                python,
                Path.of(System.getProperty("basedir", "."), "src/test/python/tokenizers_peer.py")
                    .toString(),
                folder.toString(),
                VOCABULARIES.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(printed).isZero();
  }

  @Test
  void equalOnTenThousandRandomTexts() throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("cases.jsonl"));
    assertThat(lines).hasSize(10_000);
    try (Tokenizer bert = Tokenizer.open(folder.resolve("bert"));
        Tokenizer bge = Tokenizer.open(folder.resolve("bge.json"));
        Tokenizer trained = Tokenizer.open(folder.resolve("trained.json"))) {
      for (String line : lines) {
        JsonNode one = Json.read(line, "cases");
        String text = one.path("text").asString();
        assertThat(bert.encode(text).ids()).as(line).isEqualTo(ids(one, "bert"));
        assertThat(bge.encode(text).ids()).as(line).isEqualTo(ids(one, "bge"));
        assertThat(trained.encode(text).ids()).as(line).isEqualTo(ids(one, "trained"));
        assertThat(trained.decode(ids(one, "trained")))
            .isEqualTo(one.path("trained_text").asString());
      }
    }
  }

  @Test
  void sentencePieceModelsEqualTheirLibrary() throws IOException {
    Map<String, Tokenizer> open = new HashMap<>();
    Map<String, Integer> wrong = new HashMap<>();
    List<String> shown = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("pieces.jsonl"))) {
      JsonNode one = Json.read(line, "pieces");
      String name = one.path("model").asString();
      Tokenizer tokenizer =
          open.computeIfAbsent(name, any -> Tokenizer.open(folder.resolve(any + ".model")));
      long[] got = tokenizer.encodePlain(one.path("text").asString()).ids();
      if (!java.util.Arrays.equals(got, ids(one, "ids"))) {
        wrong.merge(name, 1, Integer::sum);
        if (shown.size() < 5) {
          shown.add(line + " but " + java.util.Arrays.toString(got));
        }
      }
    }
    open.values().forEach(Tokenizer::close);
    assertThat(wrong).as(String.join("\n", shown)).isEmpty();
  }

  @Test
  void translatorsFoldersEqualTransformers() throws IOException {
    try (Tokenizer marian = Tokenizer.open(folder.resolve("marian"))) {
      for (String line : Files.readAllLines(folder.resolve("marian.jsonl"))) {
        JsonNode one = Json.read(line, "marian");
        String text = one.path("text").asString();
        if (one.has("ids")) {
          assertThat(marian.encode(text).ids()).as(line).isEqualTo(ids(one, "ids"));
        } else {
          assertThat(marian.decode(ids(one, "written"))).isEqualTo(text);
        }
      }
    }
  }

  @Test
  void learnsWhatTheRustTrainerLearns() throws IOException {
    List<String> corpus = new ArrayList<>();
    Json.read(folder.resolve("corpus.json")).forEach(text -> corpus.add(text.asString()));
    JsonNode expected = Json.read(folder.resolve("trained.json")).path("model");
    try (Tokenizer learned =
        TokenizerTrainer.train(corpus, new TokenizerTrainer.Options(400, "<|end|>"))) {
      JsonNode model = Json.read(learned.json(), "learned").path("model");
      assertThat(model.path("merges")).isEqualTo(expected.path("merges"));
      assertThat(model.path("vocab")).isEqualTo(expected.path("vocab"));
    }
  }

  private static long[] ids(JsonNode one, String name) {
    JsonNode list = one.path(name);
    long[] ids = new long[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = list.get(i).asLong();
    }
    return ids;
  }
}
