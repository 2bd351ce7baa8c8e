package io.millrace.evaluate.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ground.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class TextScoresTest {
  private static final double[] KNOWN = {
    38.52145582143817,
    51.964588062044506,
    55.11382788548108,
    40.31084656084656,
    0.7643467643467643,
    0.4340111642743221,
    0.7273097273097274
  };
  private static final List<String> SAID =
      List.of(
          "The cat sat on the mat.",
          "It's 3.14 (about) -- \"pi\", isn't it?",
          "There is a dog & a 1,000-year-old tree.");
  private static final List<String> WANTED =
      List.of(
          "The cat is sitting on the mat.",
          "It is about 3.14: \"pi\", is it not?",
          "There was a dog and a 1,000-year-old tree.");
  private static final List<String> SAID_ZH = List.of("我喜欢喝咖啡。", "他昨天去了北京！", "Tom说：“好的”");
  private static final List<String> WANTED_ZH = List.of("我很喜欢喝咖啡。", "他昨天去北京了。", "汤姆说：“好”。");

  @Test
  void knownScores() {
    // sacreBLEU 2.6 and rouge-score 0.1.2 on the same texts.
    assertThat(Bleu.of(SAID, WANTED, Bleu.Words.SPACED)).isCloseTo(KNOWN[0], within(1e-4));
    assertThat(Bleu.of(SAID_ZH, WANTED_ZH, Bleu.Words.CHINESE)).isCloseTo(KNOWN[1], within(1e-4));
    assertThat(CharacterF.of(SAID, WANTED)).isCloseTo(KNOWN[2], within(1e-4));
    assertThat(CharacterF.of(SAID_ZH, WANTED_ZH)).isCloseTo(KNOWN[3], within(1e-4));
    assertThat(Rouge.of(SAID, WANTED, 1)).isCloseTo(KNOWN[4], within(1e-6));
    assertThat(Rouge.of(SAID, WANTED, 2)).isCloseTo(KNOWN[5], within(1e-6));
    assertThat(Rouge.longest(SAID, WANTED)).isCloseTo(KNOWN[6], within(1e-6));
  }

  @Test
  void perfectAndHopeless() {
    assertThat(Bleu.of(WANTED, WANTED, Bleu.Words.SPACED)).isCloseTo(100, within(1e-9));
    assertThat(CharacterF.of(WANTED, WANTED)).isCloseTo(100, within(1e-9));
    assertThat(Rouge.longest(WANTED_ZH, WANTED_ZH)).isEqualTo(1);
    assertThat(Bleu.of(List.of(""), List.of("a b c"), Bleu.Words.SPACED)).isZero();
    assertThat(CharacterF.of(List.of(""), List.of("a"))).isZero();
    assertThat(Rouge.of(List.of(""), List.of("a"), 1)).isZero();
    assertThat(Bleu.wordsOf(WANTED_ZH)).isEqualTo(Bleu.Words.CHINESE);
    assertThat(Bleu.wordsOf(WANTED)).isEqualTo(Bleu.Words.SPACED);
  }

  @Test
  void randomTextsAsSacreBleu(@TempDir Path folder) throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with sacrebleu");
    String[] pieces = {
      "cat", "dog", "3.5", "1,000", "-", "(", ")", "&amp;", "“", "。", "，", "我", "喜欢", "北京", "it's",
      "Ａ", "…", "tree", "5-6", "e.g."
    };
    Random random = new Random(7);
    List<String> texts = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      StringBuilder said = new StringBuilder();
      StringBuilder wanted = new StringBuilder();
      for (int j = 0; j < 4 + random.nextInt(14); j++) {
        String piece = pieces[random.nextInt(pieces.length)];
        said.append(random.nextInt(4) == 0 ? pieces[random.nextInt(pieces.length)] : piece);
        wanted.append(piece);
        if (random.nextInt(3) > 0) {
          said.append(' ');
          wanted.append(' ');
        }
      }
      texts.add(said.toString());
      expected.add(wanted.toString());
    }
    ObjectNode given = Json.object();
    texts.forEach(given.putArray("texts")::add);
    expected.forEach(given.putArray("expected")::add);
    Files.writeString(folder.resolve("given.json"), given.toString());
    Process process =
        new ProcessBuilder(
                Objects.requireNonNull(python),
                Path.of(System.getProperty("basedir", "."), "src/test/python/text_scores.py")
                    .toString(),
                folder.resolve("given.json").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    JsonNode scores = Json.read(new String(process.getInputStream().readAllBytes()), "scores");
    assertThat(process.waitFor()).isZero();
    assertThat(Bleu.of(texts, expected, Bleu.Words.SPACED))
        .isCloseTo(scores.path("13a").asDouble(), within(1e-6));
    assertThat(Bleu.of(texts, expected, Bleu.Words.CHINESE))
        .isCloseTo(scores.path("zh").asDouble(), within(1e-6));
    assertThat(CharacterF.of(texts, expected))
        .isCloseTo(scores.path("chrf").asDouble(), within(1e-6));
  }
}
