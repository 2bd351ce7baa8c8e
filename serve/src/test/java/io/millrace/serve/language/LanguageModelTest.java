package io.millrace.serve.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.data.chat.Message;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.model.folder.Llama2c;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Sampling;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class LanguageModelTest {
  static Path chat() {
    return Path.of(
            Objects.requireNonNull(LanguageModelTest.class.getResource("im-qwen2/config.json"))
                .getPath())
        .getParent();
  }

  @Test
  void chatsAsTransformersDoes() {
    JsonNode cases = Json.read(chat().resolve("expected.json")).path("cases");
    try (LanguageModel model = LanguageModel.open(chat())) {
      for (JsonNode one : cases) {
        List<Long> got = new ArrayList<>();
        long[] prompt = longs(one.path("ids"));
        // The fixture goes on behind the end of a turn: each end is fed back.
        while (got.size() < one.path("completion_ids").size()) {
          long[] all =
              java.util.stream.LongStream.concat(
                      Arrays.stream(prompt), got.stream().mapToLong(Long::longValue))
                  .toArray();
          int left = one.path("completion_ids").size() - got.size();
          for (long id : model.generate(all, Sampling.greedy(left), List.of(), piece -> {}).ids()) {
            got.add(id);
          }
        }
        long[] want = longs(one.path("completion_ids"));
        assertThat(got.stream().mapToLong(Long::longValue).toArray()).isEqualTo(want);
        assertThat(model.tokenizer().decode(want))
            .isEqualTo(one.path("completion_text").asString());
        List<Message> messages = Message.list(one.path("messages"), "case");
        Answer answer = model.chat(messages, Sampling.greedy(24), List.of(), piece -> {});
        assertThat(answer.promptTokens()).isEqualTo(prompt.length);
        assertThat(answer.ids()[0]).isEqualTo(want[0]);
      }
    }
  }

  @Test
  void streamsExactlyTheAnswersText() {
    try (LanguageModel model = LanguageModel.open(chat())) {
      StringBuilder seen = new StringBuilder();
      Answer answer = model.generate("Hello", Sampling.greedy(40), List.of(), seen::append);
      assertThat(seen.toString()).isEqualTo(answer.text());
      assertThat(answer.finish()).isIn(Generated.Finish.LENGTH, Generated.Finish.STOP);
      assertThat(model.tokenizer().decode(answer.ids())).isEqualTo(answer.text());
    }
  }

  @Test
  void stopsBeforeAStopString() {
    try (LanguageModel model = LanguageModel.open(chat())) {
      Answer whole = model.generate("Hello", Sampling.greedy(40), List.of(), piece -> {});
      String stop = whole.text().substring(10, 14);
      StringBuilder seen = new StringBuilder();
      Answer cut =
          model.generate("Hello", Sampling.greedy(40), List.of("never", stop), seen::append);
      assertThat(cut.text())
          .isEqualTo(whole.text().substring(0, whole.text().indexOf(stop)))
          .isEqualTo(seen.toString());
      assertThat(cut.finish()).isEqualTo(Generated.Finish.STOP);
      assertThat(cut.ids().length).isLessThan(whole.ids().length);
    }
  }

  @Test
  void drawsDependOnTheSeedAlone() {
    Sampling drawn =
        Sampling.greedy(12)
            .change()
            .temperature(1.2)
            .topK(50)
            .topP(0.95)
            .minP(0.01)
            .seed(5)
            .build();
    try (LanguageModel model = LanguageModel.open(chat())) {
      long[] first = model.generate("Hello", drawn, List.of(), piece -> {}).ids();
      assertThat(model.generate("Hello", drawn, List.of(), piece -> {}).ids()).isEqualTo(first);
      Sampling other = drawn.change().seed(6).build();
      assertThat(model.generate("Hello", other, List.of(), piece -> {}).ids()).isNotEqualTo(first);
    }
  }

  @Test
  void tellsProbabilitiesAndAlternatives() {
    Sampling told = Sampling.greedy(3).change().alternatives(4).build();
    try (LanguageModel model = LanguageModel.open(chat())) {
      Answer answer = model.generate("Hello", told, List.of(), piece -> {});
      assertThat(answer.choices()).hasSize(answer.ids().length);
      answer
          .choices()
          .forEach(
              choice -> {
                assertThat(choice.alternatives()).hasSize(4);
                assertThat(choice.alternatives().getFirst().id()).isEqualTo(choice.id());
                assertThat(choice.logProbability()).isNegative();
              });
    }
  }

  @Test
  void refusesALongPromptWithBothNumbers() {
    try (LanguageModel model = LanguageModel.open(chat())) {
      int context = model.model().config().path("max_position_embeddings").asInt();
      assertThatThrownBy(
              () ->
                  model.generate(new long[context + 3], Sampling.greedy(1), List.of(), piece -> {}))
          .isInstanceOf(Problem.class)
          .hasMessageContaining(String.valueOf(context + 3))
          .hasMessageContaining(String.valueOf(context));
      assertThatThrownBy(
              () -> model.generate(new long[] {99_999}, Sampling.greedy(1), List.of(), p -> {}))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("99999");
      assertThatThrownBy(() -> model.generate(new long[0], Sampling.greedy(1), List.of(), p -> {}))
          .isInstanceOf(Problem.class);
      assertThatThrownBy(() -> Sampling.greedy(0)).isInstanceOf(Problem.class);
    }
  }

  @Test
  void tellsTheStoryOfLlama2c(@TempDir Path folder) throws IOException {
    Path data = Path.of(System.getProperty("basedir", "."), "../../shared/data/stories260k");
    assumeTrue(Files.exists(data), "needs ../shared/data");
    Llama2c.convert(data.resolve("stories260K.bin"), folder);
    try (Tokenizer vocabulary = Tokenizer.openLlama2c(data.resolve("tok512.bin"))) {
      vocabulary.save(folder);
    }
    try (LanguageModel model = LanguageModel.open(folder)) {
      Sampling sampling = Sampling.greedy(256).change().ends(Set.of(1L)).build();
      String text = model.generate(new long[] {1}, sampling, List.of(), piece -> {}).text();
      String expected = Files.readString(data.resolve("expected-greedy.txt"));
      assertThat(expected).hasSize(565);
      assertThat(text.strip()).isEqualTo(expected.strip());
    }
  }

  @Test
  void refusesBrokenLlama2c(@TempDir Path folder) throws IOException {
    Path broken = folder.resolve("broken.bin");
    Files.write(broken, new byte[40]);
    assertThatThrownBy(() -> Llama2c.convert(broken, folder)).isInstanceOf(Problem.class);
    Files.write(broken, new byte[] {64, 0, 0, 0});
    assertThatThrownBy(() -> Llama2c.convert(broken, folder)).isInstanceOf(Problem.class);
  }

  @Test
  void soundsOfNoLengthAreRefusedAndOfHoursAreReadInPieces(@TempDir Path folder)
      throws IOException {
    Path silent = wav(folder.resolve("silent.wav"), 0);
    assertThatThrownBy(() -> io.millrace.data.sound.SoundFile.open(silent))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("0 seconds");
    Path hours = wav(folder.resolve("hours.wav"), 5L * 3600 * 16_000);
    try (io.millrace.data.sound.SoundFile sound = io.millrace.data.sound.SoundFile.open(hours)) {
      assertThat(sound.seconds()).isEqualTo(5 * 3600);
      assertThat(sound.piece(17_999, 30, 16_000)).hasSize(16_000);
      assertThat(sound.piece(100, 30, 8_000)).hasSize(240_000);
    }
    Files.writeString(folder.resolve("text.wav"), "not a sound at all");
    assertThatThrownBy(() -> io.millrace.data.sound.SoundFile.open(folder.resolve("text.wav")))
        .isInstanceOf(Problem.class);
    try (LanguageModel model = LanguageModel.open(chat())) {
      assertThatThrownBy(() -> model.transcribe(hours, null, Sampling.greedy(1), piece -> {}))
          .isInstanceOf(Problem.class)
          .hasMessageContaining("Whisper");
    }
  }

  /** A WAV file of silence; the disk keeps no room for it. */
  private static Path wav(Path file, long frames) throws IOException {
    java.nio.ByteBuffer head =
        java.nio.ByteBuffer.allocate(44).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    head.put("RIFF".getBytes()).putInt((int) (36 + 2 * frames)).put("WAVEfmt ".getBytes());
    head.putInt(16).putShort((short) 1).putShort((short) 1).putInt(16_000).putInt(32_000);
    head.putShort((short) 2).putShort((short) 16).put("data".getBytes()).putInt((int) (2 * frames));
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(head.array());
      out.setLength(44 + 2 * frames);
    }
    return file;
  }

  private static long[] longs(JsonNode list) {
    long[] values = new long[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).asLong();
    }
    return values;
  }
}
