package io.millrace.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TokenizerTest {
  private static final Path SHARED =
      Path.of(System.getProperty("basedir", "."), "../../shared/data/tokenizers");

  static Path folder() {
    try {
      return Path.of(
              Objects.requireNonNull(TokenizerTest.class.getResource("tokenizer.json")).toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void encodesWhatTransformersEncoded() {
    JsonNode cases = Json.read(folder().resolve("expected.json")).path("cases");
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      assertThat(cases.size()).isEqualTo(3);
      for (JsonNode one : cases) {
        long[] ids = ids(one.path("ids"));
        assertThat(tokenizer.encodePlain(one.path("prompt").asString()).ids()).isEqualTo(ids);
        assertThat(tokenizer.decode(ids, true)).isEqualTo(one.path("prompt").asString());
        assertThat(tokenizer.decode(ids(one.path("completion_ids"))))
            .isEqualTo(one.path("completion_text").asString());
      }
      assertThat(tokenizer.specials().eos()).isEqualTo("<|im_end|>");
      assertThat(tokenizer.id("<|im_start|>")).isEqualTo(1);
      assertThat(tokenizer.token(2)).isEqualTo("<|im_end|>");
      assertThat(tokenizer.isSpecial(2)).isTrue();
    }
  }

  @Test
  void spansAreJavasCharacters() {
    String text = "a😀数据 b";
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      Encoding encoding = tokenizer.encode(text);
      StringBuilder whole = new StringBuilder();
      int last = 0;
      for (int i = 0; i < encoding.size(); i++) {
        if (encoding.ends()[i] > last) {
          whole.append(text, last, encoding.ends()[i]);
          last = encoding.ends()[i];
        }
      }
      assertThat(whole.toString()).isEqualTo(text);
    }
  }

  @Test
  void streamsWholeCharactersOnly() {
    String text = "Hello 世界 😀! café — ok";
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      StreamDecoder stream = tokenizer.stream();
      StringBuilder whole = new StringBuilder();
      for (long id : tokenizer.encodePlain(text).ids()) {
        String piece = stream.add(id);
        assertThat(piece).doesNotContain("\uFFFD");
        whole.append(piece);
      }
      assertThat(whole.append(stream.end()).toString()).isEqualTo(text);
    }
  }

  @Test
  void streamsWhatDecodingGivesEvenForBrokenBytes() {
    JsonNode cases = Json.read(folder().resolve("expected.json")).path("cases");
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      for (JsonNode one : cases) {
        StreamDecoder stream = tokenizer.stream();
        StringBuilder whole = new StringBuilder();
        for (long id : ids(one.path("completion_ids"))) {
          whole.append(stream.add(id));
        }
        assertThat(whole.append(stream.end()).toString())
            .isEqualTo(one.path("completion_text").asString());
      }
    }
  }

  @Test
  void halfOfAPairBecomesTheReplacementCharacter() {
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db").ids())).isEqualTo("a\uFFFDb");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"r50k_base", "cl100k_base"})
  void tiktokenFilesEqualTheRecordedEncodings(String name, @TempDir Path folder)
      throws IOException {
    assumeTrue(Files.exists(SHARED), "needs ../shared/data");
    Path ranks = folder.resolve(name + ".tiktoken");
    unpack(name + ".tiktoken.gz", ranks);
    Path recorded = folder.resolve("encodings.csv");
    unpack(name + "_encodings.csv.gz", recorded);
    int count = 0;
    try (Tokenizer tokenizer = Tokenizer.open(ranks)) {
      for (List<String> row : Csv.rows(Files.readString(recorded))) {
        if (row.get(0).equals("input")) {
          continue;
        }
        long[] ids = ids(Json.read(row.get(1), "recorded"));
        assertThat(tokenizer.encodePlain(row.get(0)).ids()).as(row.get(0)).isEqualTo(ids);
        assertThat(tokenizer.decode(ids)).isEqualTo(row.get(0));
        count++;
      }
    }
    assertThat(count).isGreaterThan(100);
  }

  @Test
  void learnsAVocabulary() {
    List<String> texts = List.of("low low low lower lowest", "new newer newest", "数据 数据 数据");
    try (Tokenizer learned =
        TokenizerTrainer.train(texts, new TokenizerTrainer.Options(280, "<|end|>"))) {
      assertThat(learned.id("low")).isNotNull();
      assertThat(learned.id("<|end|>")).isZero();
      assertThat(learned.decode(learned.encode("lower 数据<|end|>").ids(), true))
          .isEqualTo("lower 数据<|end|>");
      assertThat(learned.encode("low").size()).isEqualTo(1);
    }
  }

  @Test
  void savedFoldersOpenAgain(@TempDir Path folder) {
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      tokenizer.save(folder);
      try (Tokenizer again = Tokenizer.open(folder)) {
        assertThat(again.encode("Hello 世界").ids()).isEqualTo(tokenizer.encode("Hello 世界").ids());
        assertThat(again.specials()).isEqualTo(tokenizer.specials());
      }
    }
  }

  @Test
  void refusesWhatIsNoTokenizer(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("holds no tokenizer");
    assertThatThrownBy(() -> Tokenizer.open(folder.resolve("absent"))).isInstanceOf(Problem.class);
    Path json = folder.resolve("tokenizer.json");
    for (String broken :
        List.of(
            "",
            "{",
            "[]",
            "{}",
            "{\"model\":{}}",
            "{\"version\":\"1.0\",\"model\":{\"type\":\"BPE\","
                + "\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"b\"]]}}",
            "{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",-1.0]]}}",
            "[".repeat(100_000))) {
      Files.writeString(json, broken);
      assertThatThrownBy(() -> Tokenizer.open(folder)).isInstanceOf(Problem.class);
    }
    try (RandomAccessFile huge = new RandomAccessFile(json.toFile(), "rw")) {
      huge.setLength(10L << 30);
    }
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("10240 MiB");
    Files.delete(json);
    Files.write(folder.resolve("tokenizer.model"), new byte[] {10, 127, 1, 2});
    assertThatThrownBy(() -> Tokenizer.open(folder))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("SentencePiece");
    Path ranks = folder.resolve("cl100k_base.tiktoken");
    Files.writeString(ranks, "IQ== 0\n!! x\n");
    assertThatThrownBy(() -> Tokenizer.open(ranks))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("line 2");
    Path unknown = folder.resolve("other.tiktoken");
    Files.writeString(unknown, "IQ== 0\n");
    assertThatThrownBy(() -> Tokenizer.open(unknown))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("cl100k");
  }

  @Test
  void closedOnesSaySo() {
    Tokenizer tokenizer = Tokenizer.open(folder());
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("a")).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> tokenizer.decode(new long[] {1})).isInstanceOf(Problem.class);
  }

  @Test
  void idsOutsideTheVocabularyDecodeToNothing() {
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      assertThat(tokenizer.decode(new long[] {999_999})).isEmpty();
      assertThatThrownBy(() -> tokenizer.decode(new long[] {-1})).isInstanceOf(Problem.class);
      assertThatThrownBy(() -> tokenizer.decode(new long[] {1L << 40})).isInstanceOf(Problem.class);
    }
  }

  private static void unpack(String name, Path to) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(SHARED.resolve(name)))) {
      Files.copy(in, to);
    }
  }

  private static long[] ids(JsonNode list) {
    long[] ids = new long[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = list.get(i).asLong();
    }
    return ids;
  }

  /** Rows of a CSV text with quotes. */
  private static final class Csv {
    static List<List<String>> rows(String text) {
      List<List<String>> rows = new java.util.ArrayList<>();
      List<String> row = new java.util.ArrayList<>();
      StringBuilder field = new StringBuilder();
      boolean quoted = false;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          field.append('"');
          i++;
        } else if (c == '"') {
          quoted = !quoted;
        } else if (!quoted && (c == ',' || c == '\n')) {
          row.add(field.toString());
          field.setLength(0);
          if (c == '\n') {
            rows.add(row);
            row = new java.util.ArrayList<>();
          }
        } else if (quoted || c != '\r') {
          field.append(c);
        }
      }
      if (!row.isEmpty()) {
        row.add(field.toString());
        rows.add(row);
      }
      return rows;
    }
  }
}
