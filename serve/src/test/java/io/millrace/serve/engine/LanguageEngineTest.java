package io.millrace.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Choice;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Guide;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens written together, beside those written alone and by the offline generator. */
class LanguageEngineTest {
  private static final String LLAMA =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 300,
       "hidden_size": 60, "intermediate_size": 101, "num_hidden_layers": 2,
       "num_attention_heads": 6, "num_key_value_heads": 2, "max_position_embeddings": 700,
       "initializer_range": 0.3}
      """;
  private static final String GPT2 =
      """
      {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 300,
       "n_embd": 48, "n_layer": 2, "n_head": 4, "n_positions": 700, "n_ctx": 700,
       "initializer_range": 0.3}
      """;
  private static final String GEMMA2 =
      """
      {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "vocab_size": 300,
       "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "head_dim": 16,
       "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 700,
       "sliding_window": 40, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
       "query_pre_attn_scalar": 16, "initializer_range": 0.3}
      """;
  private static final String DYNAMIC =
      LLAMA.replace(
          "\"max_position_embeddings\": 700",
          "\"max_position_embeddings\": 100,"
              + " \"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 2.0}");

  /** Sums as long as those of real models, which kernels may cut by the number of rows. */
  private static final String WIDE = LLAMA.replace("60", "240").replace("101", "3072");

  /** A shape that four bits fit. */
  private static final String FOUR = LLAMA.replace("60", "96").replace("101", "160");

  private static final LanguageEngine.Options OPTIONS =
      new LanguageEngine.Options(32, 16_000, 128, 64, true, 8);

  @TempDir Path folder;

  private Pretrained model(String config, DType dtype) throws Exception {
    Files.writeString(folder.resolve("config.json"), config);
    try (Pretrained made = Pretrained.fresh(folder, 7)) {
      made.save(folder.resolve("saved"));
    }
    return Pretrained.open(folder.resolve("saved"), dtype);
  }

  private static void narrow(Pretrained model, String kind) {
    String bits = kind.substring(kind.lastIndexOf(' ') + 1);
    if (bits.startsWith("int")) {
      ((CausalModel) model.architecture())
          .narrow(NarrowWeight.Kind.valueOf(bits.toUpperCase(Locale.ROOT)));
    }
  }

  private static LanguageEngine start(Pretrained model, DType dtype, LanguageEngine.Options how) {
    return LanguageEngine.start("test", (CausalModel) model.architecture(), dtype, how);
  }

  private static List<long[]> prompts(int count, int longest) {
    Random random = new Random(3);
    return IntStream.range(0, count)
        .mapToObj(i -> random.longs(1 + random.nextInt(longest), 0, 300).toArray())
        .toList();
  }

  /** Numbers are told with the tokens: equal ones are equal bit for bit. */
  private static Sampling told(int i) {
    return Sampling.greedy(4 + i % 9)
        .change()
        .alternatives(3)
        .temperature(i % 3 == 2 ? 0.8 : 0)
        .seed(i)
        .build();
  }

  private static List<List<Choice>> alone(LanguageEngine engine, List<long[]> prompts) {
    List<List<Choice>> all = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Heard heard = new Heard(1);
      engine.submit(Order.of(prompts.get(i), told(i)), heard);
      all.add(heard.choices(0));
    }
    return all;
  }

  private static List<List<Choice>> together(LanguageEngine engine, List<long[]> prompts) {
    List<Heard> all = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      Heard heard = new Heard(1);
      engine.submit(Order.of(prompts.get(i), told(i)), heard);
      all.add(heard);
    }
    return all.stream().map(heard -> heard.choices(0)).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "gpt2",
        "gemma2",
        "dynamic",
        "llama half",
        "llama wide half",
        "llama int8",
        "llama int4",
        "llama half int8",
        "llama half int4"
      })
  void tokensAreTheSameAloneAndInAnyCompany(String kind) throws Exception {
    String config =
        switch (kind) {
          case "gpt2" -> GPT2;
          case "gemma2" -> GEMMA2;
          case "dynamic" -> DYNAMIC;
          case "llama wide half" -> WIDE;
          case "llama int4", "llama half int8", "llama half int4" -> FOUR;
          default -> LLAMA;
        };
    DType dtype = kind.contains("half") ? DType.BFLOAT16 : DType.FLOAT32;
    // Vectors in Java are slow where they are not compiled for good, as in tests.
    boolean slow = kind.startsWith("llama half int");
    List<long[]> prompts = prompts(17, kind.equals("dynamic") || slow ? 80 : 300);
    try (Pretrained model = model(config, dtype)) {
      narrow(model, kind);
      List<List<Choice>> alone;
      try (LanguageEngine engine =
          start(model, dtype, new LanguageEngine.Options(1, 16_000, 64, 64, false, 0))) {
        alone = alone(engine, prompts);
      }
      try (LanguageEngine engine = start(model, dtype, OPTIONS)) {
        assertThat(together(engine, prompts)).isEqualTo(alone);
        // Now all whole blocks of the prompts come from the cache.
        assertThat(together(engine, prompts)).isEqualTo(alone);
        assertThat(engine.state().sharedTokens() > 0).isEqualTo(!kind.equals("dynamic"));
      }
    }
  }

  /** Of three tokens nothing is new for long: guesses come, right ones and wrong ones. */
  private static final class Three implements Guide {
    @Override
    public void narrow(float[] scores, Set<Long> ends, int left) {
      java.util.Arrays.fill(scores, 3, scores.length, Float.NEGATIVE_INFINITY);
    }

    @Override
    public void take(long id) {}

    @Override
    public boolean isOver() {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "gpt2",
        "gemma2",
        "llama half",
        "llama int8",
        "llama int4",
        "llama half int8",
        "llama half int4"
      })
  void guessesChangeNoBit(String kind) throws Exception {
    String config =
        switch (kind) {
          case "gpt2" -> GPT2;
          case "gemma2" -> GEMMA2;
          case "llama int4", "llama half int8", "llama half int4" -> FOUR;
          default -> LLAMA;
        };
    DType dtype = kind.contains("half") ? DType.BFLOAT16 : DType.FLOAT32;
    int tokens = kind.startsWith("llama half int") ? 60 : 150; // see above
    Sampling drawn =
        Sampling.greedy(tokens).change().alternatives(2).temperature(4).seed(3).build();
    try (Pretrained model = model(config, dtype)) {
      narrow(model, kind);
      List<List<Choice>> wanted;
      try (LanguageEngine engine =
          start(model, dtype, new LanguageEngine.Options(4, 16_000, 64, 64, false, 0))) {
        wanted = ofThree(engine, drawn);
        assertThat(engine.state().guessedTokens()).isZero();
      }
      try (LanguageEngine engine = start(model, dtype, OPTIONS)) {
        assertThat(ofThree(engine, drawn)).isEqualTo(wanted);
        assertThat(engine.state().rightGuesses()).isPositive();
        assertThat(engine.state().guessedTokens()).isGreaterThan(engine.state().rightGuesses());
      }
    }
  }

  /** First two texts beside each other, then one alone. */
  private static List<List<Choice>> ofThree(LanguageEngine engine, Sampling how) {
    List<Heard> all = new ArrayList<>();
    List<long[]> prompts = prompts(3, 100);
    for (int i = 0; i < prompts.size(); i++) {
      Heard heard = new Heard(1);
      all.add(heard);
      if (i == 2) {
        all.getFirst().choices(0);
        all.get(1).choices(0);
      }
      engine.submit(new Order(prompts.get(i), how, 1, "", 0, null, Three::new, null), heard);
    }
    return all.stream().map(heard -> heard.choices(0)).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "gemma2", "dynamic"})
  void tokensAreThoseOfTheOfflineGenerator(String kind) throws Exception {
    String config =
        switch (kind) {
          case "gpt2" -> GPT2;
          case "gemma2" -> GEMMA2;
          case "dynamic" -> DYNAMIC;
          default -> LLAMA;
        };
    List<long[]> prompts = prompts(6, 80);
    try (Pretrained model = model(config, DType.FLOAT32);
        LanguageEngine engine = start(model, DType.FLOAT32, OPTIONS)) {
      Generator generator = new Generator((CausalModel) model.architecture());
      for (long[] prompt : prompts) {
        Heard heard = new Heard(1);
        engine.submit(Order.of(prompt, Sampling.greedy(16)), heard);
        assertThat(heard.ids(0)).isEqualTo(generator.generate(prompt, Sampling.greedy(16)).ids());
      }
    }
  }

  @Test
  void copiesForkThePrompt() throws Exception {
    try (Pretrained model = model(LLAMA, DType.FLOAT32);
        LanguageEngine engine = start(model, DType.FLOAT32, OPTIONS)) {
      long[] prompt = prompts(1, 300).getFirst();
      Sampling drawn = Sampling.greedy(20).change().temperature(1).seed(5).alternatives(2).build();
      Heard three = new Heard(3);
      engine.submit(new Order(prompt, drawn, 3, "", 0, null, null, null), three);
      for (int i = 0; i < 3; i++) {
        Heard one = new Heard(1);
        engine.submit(Order.of(prompt, drawn.change().seed(5 + i).build()), one);
        assertThat(three.choices(i)).isEqualTo(one.choices(0));
      }
      assertThat(three.ids(0)).isNotEqualTo(three.ids(1));
    }
  }

  @Test
  void cancelledOnesEndAndNeighboursGoOn() throws Exception {
    try (Pretrained model = model(LLAMA, DType.FLOAT32)) {
      List<long[]> prompts = prompts(2, 200);
      List<Choice> wanted;
      try (LanguageEngine engine = start(model, DType.FLOAT32, OPTIONS)) {
        wanted = alone(engine, prompts).getFirst();
      }
      try (LanguageEngine engine = start(model, DType.FLOAT32, OPTIONS)) {
        Heard long1 = new Heard(1);
        LanguageEngine.Ticket ticket =
            engine.submit(Order.of(prompts.get(1), Sampling.greedy(400)), long1);
        long1.awaitFirst();
        Heard neighbour = new Heard(1);
        engine.submit(Order.of(prompts.getFirst(), told(0)), neighbour);
        ticket.cancel();
        assertThat(long1.finish(0)).isEqualTo(Listener.Finish.CANCELLED);
        assertThat(neighbour.choices(0)).isEqualTo(wanted);
        assertThat(long1.ids(0).length).isLessThan(400);
      }
    }
  }

  /** A step that never ends: the state goes on telling of work, and of no step since. */
  @Test
  void aStepThatHangsIsSeen() throws Exception {
    try (Pretrained model = model(LLAMA, DType.FLOAT32);
        LanguageEngine engine = start(model, DType.FLOAT32, OPTIONS)) {
      CountDownLatch hangs = new CountDownLatch(1);
      CountDownLatch released = new CountDownLatch(1);
      Heard heard =
          new Heard(1) {
            @Override
            public boolean token(int copy, Choice choice) {
              hangs.countDown();
              try {
                released.await();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
              return super.token(copy, choice);
            }
          };
      engine.submit(Order.of(new long[] {1, 2}, Sampling.greedy(3)), heard);
      hangs.await();
      EngineState held = engine.state();
      assertThat(held.running() + held.waiting()).isPositive();
      assertThat(engine.state().lastStep()).isEqualTo(held.lastStep());
      released.countDown();
      assertThat(heard.ids(0)).hasSize(3);
    }
  }

  @Test
  void waitsForRoomAndRefusesWhatNeverFits() throws Exception {
    try (Pretrained model = model(LLAMA, DType.FLOAT32);
        LanguageEngine engine =
            start(model, DType.FLOAT32, new LanguageEngine.Options(8, 256, 64, 2, true, 8))) {
      Heard first = new Heard(1);
      Heard second = new Heard(1);
      Heard third = new Heard(1);
      engine.submit(Order.of(new long[] {1, 2}, Sampling.greedy(200)), first);
      first.awaitFirst();
      engine.submit(Order.of(new long[] {3}, Sampling.greedy(200)), second);
      engine.submit(Order.of(new long[] {4}, Sampling.greedy(20)), third);
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {5}, Sampling.greedy(1)), new Heard(1)))
          .isInstanceOfSatisfying(ServeException.class, e -> assertThat(e.isTemporary()).isTrue());
      assertThat(first.ids(0)).hasSize(200);
      assertThat(second.ids(0)).hasSize(200);
      assertThat(third.ids(0)).hasSize(20);
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {5}, Sampling.greedy(300)), new Heard(1)))
          .hasMessageContaining("320")
          .hasMessageContaining("256");
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {5}, Sampling.greedy(700)), new Heard(1)))
          .hasMessageContaining("701")
          .hasMessageContaining("700");
      assertThatThrownBy(
              () -> engine.submit(Order.of(new long[] {300}, Sampling.greedy(7)), new Heard(1)))
          .hasMessageContaining("300");
    }
  }
}
