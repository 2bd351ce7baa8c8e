package io.millrace.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.ServeException;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that write one text after another, beside the offline generator. */
class TurnEngineTest {
  private static final String RECURRENT =
      """
      {"model_type": "%s", "architectures": ["%sForCausalLM"], "vocab_size": 40, "hidden_size": 24,
       "num_hidden_layers": 2, "max_position_embeddings": 400}
      """;

  @TempDir Path folder;

  private Pretrained recurrent(String kind) throws Exception {
    Files.writeString(folder.resolve("config.json"), RECURRENT.formatted(kind, kind));
    return Pretrained.fresh(folder, 3);
  }

  private static Pretrained t5() {
    Path base = Path.of(System.getProperty("basedir", "."));
    return Pretrained.open(base.resolve("../model/src/test/resources/io/millrace/model/folder/t5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gru", "lstm", "t5"})
  void writesWhatTheOfflineGeneratorWrites(String kind) throws Exception {
    long[] start = kind.equals("t5") ? new long[] {0} : null;
    try (Pretrained model = start == null ? recurrent(kind) : t5();
        TurnEngine engine = TurnEngine.start(kind, (Decoding) model.architecture(), start, 64)) {
      Generator offline = new Generator((Decoding) model.architecture());
      Random random = new Random(4);
      List<long[]> prompts = new ArrayList<>();
      List<Heard> heard = new ArrayList<>();
      Sampling sampling = Sampling.greedy(12).change().temperature(0.8).seed(9).build();
      for (int i = 0; i < 20; i++) {
        long[] prompt = random.longs(2 + i, 1, 40).toArray();
        prompts.add(prompt);
        Heard one = new Heard(1);
        engine.submit(Order.of(prompt, sampling), one);
        heard.add(one);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(heard.get(i).ids(0))
            .isEqualTo(offline(offline, prompts.get(i), start, sampling));
        assertThat(heard.get(i).finish(0)).isEqualTo(Listener.Finish.LENGTH);
      }
      assertThat(engine.state().writtenTokens()).isEqualTo(240);
    }
  }

  private static long[] offline(
      Generator generator, long[] prompt, long[] start, Sampling sampling) {
    if (start == null) {
      return generator.generate(prompt, sampling).ids();
    }
    try (Scope scope = Scope.open()) {
      Inputs read = Inputs.ids(Tensors.of(prompt, 1, prompt.length));
      List<Generated> all = generator.answer(read, start, sampling, (row, choice) -> true);
      return all.getFirst().ids();
    }
  }

  @Test
  void endsWhatNobodyWantsAndRefusesWhatDoesNotFit() throws Exception {
    try (Pretrained model = recurrent("gru");
        TurnEngine engine = TurnEngine.start("gru", (Decoding) model.architecture(), null, 2)) {
      Order order = Order.of(new long[] {1}, Sampling.greedy(380));
      Heard first = new Heard(1);
      LanguageEngine.Ticket running = engine.submit(order, first);
      first.awaitFirst();
      Heard second = new Heard(1);
      LanguageEngine.Ticket waiting = engine.submit(order, second);
      engine.submit(order, new Heard(1)).cancel();
      waiting.cancel();
      running.cancel();
      assertThat(first.finish(0)).isIn(Listener.Finish.CANCELLED, Listener.Finish.LENGTH);
      assertThat(second.finish(0)).isEqualTo(Listener.Finish.CANCELLED);
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[0], Sampling.greedy(1)), new Heard(1)))
          .isInstanceOf(ServeException.class);
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {1}, Sampling.greedy(400)), new Heard(1)))
          .hasMessageContaining("400");
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {40}, Sampling.greedy(1)), new Heard(1)))
          .hasMessageContaining("40");
    }
  }

  @Test
  void whatWaitsWhenItClosesFails() throws Exception {
    Heard second = new Heard(1);
    try (Pretrained model = recurrent("lstm")) {
      TurnEngine engine = TurnEngine.start("x", (Decoding) model.architecture(), null, 9);
      Heard first = new Heard(1);
      engine.submit(Order.of(new long[] {1}, Sampling.greedy(390)), first);
      first.awaitFirst();
      engine.submit(Order.of(new long[] {1}, Sampling.greedy(390)), second);
      engine.close();
      assertThat(first.finish(0)).isIn(Listener.Finish.CANCELLED, Listener.Finish.LENGTH);
      assertThatThrownBy(() -> engine.submit(Order.of(new long[] {1}, Sampling.greedy(1)), first))
          .isInstanceOf(ServeException.class);
    }
    assertThatThrownBy(() -> second.finish(0)).hasCauseInstanceOf(ServeException.class);
  }
}
