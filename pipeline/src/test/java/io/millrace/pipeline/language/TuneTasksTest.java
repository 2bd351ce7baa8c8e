package io.millrace.pipeline.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.file.FolderLock;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.model.folder.Pretrained;
import io.millrace.pipeline.PipelineException;
import io.millrace.serve.language.TextEmbedder;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Every task, from files to a folder that opens again, with models that learn in seconds. */
class TuneTasksTest {
  private static final String BERT =
      """
      {"model_type": "bert", "architectures": ["BertForMaskedLM"], "vocab_size": 200,
       "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
       "intermediate_size": 64, "max_position_embeddings": 64, "initializer_range": 0.1,
       "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
      """;
  private static final String BART =
      """
      {"model_type": "bart", "architectures": ["BartForConditionalGeneration"],
       "vocab_size": 300, "d_model": 32, "encoder_layers": 1, "decoder_layers": 1,
       "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 64,
       "decoder_ffn_dim": 64, "max_position_embeddings": 64, "init_std": 0.15, "dropout": 0.0,
       "attention_dropout": 0.0, "is_encoder_decoder": true}
      """;
  private static final String GPT =
      """
      {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 300,
       "n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": 64, "n_ctx": 64,
       "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
      """;
  private static final String VIT =
      """
      {"model_type": "vit", "architectures": ["ViTModel"], "image_size": 8, "patch_size": 4,
       "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
       "intermediate_size": 32, "num_channels": 3, "initializer_range": 0.1,
       "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
      """;
  private static final String[] GOOD = {"lovely", "great", "fine", "tasty"};
  private static final String[] BAD = {"awful", "cold", "late", "broken"};
  private static final String[] THINGS = {"soup", "train", "room", "book", "phone"};

  @TempDir Path place;
  private final Random random = new Random(4);

  @BeforeEach
  void shapes() throws IOException {
    for (String[] shape :
        new String[][] {{"bert", BERT}, {"bart", BART}, {"gpt", GPT}, {"vit", VIT}}) {
      Files.createDirectories(place.resolve(shape[0]));
      Files.writeString(place.resolve(shape[0]).resolve("config.json"), shape[1]);
    }
  }

  private String one(String[] some) {
    return some[random.nextInt(some.length)];
  }

  private TuneJob.Result run(String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("train.optimizer={adamw: {rate: 0.005}}");
    all.add("data.length=32");
    all.add("train.batch=16");
    return new TuneJob(TuneSpec.of(all), place, place.resolve("out")).execute();
  }

  private String reviews(int count) throws IOException {
    StringBuilder rows = new StringBuilder("text,label\n");
    for (int i = 0; i < count; i++) {
      boolean good = random.nextBoolean();
      rows.append("the ").append(one(THINGS)).append(" was ").append(one(good ? GOOD : BAD));
      rows.append(" number ").append(i).append(good ? ",yes\n" : ",no\n");
    }
    Files.writeString(place.resolve("reviews.csv"), rows);
    return "reviews.csv";
  }

  /** Classes of reviews, a tenth of them measured. */
  private TuneJob.Result opinions(String... more) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "model=bert",
                "fresh=true",
                "task=classify",
                "vocabulary={kind: words, size: 200}",
                "data.train=[" + reviews(300) + "]",
                "data.held=0.1",
                "data.tested=0.1",
                "train.epochs=8",
                "train.best=true"));
    all.addAll(List.of(more));
    return run(all.toArray(String[]::new));
  }

  @Test
  void classesOfTexts() throws IOException {
    TuneJob.Result result = opinions();
    assertThat(result.test().get("test_accuracy")).isGreaterThan(0.95);
    assertThat(result.test().get("test_f1")).isGreaterThan(0.95);
    Path written = Path.of(result.folder());
    try (Pretrained model = Pretrained.open(written)) {
      assertThat(model.labels()).containsExactly("no", "yes");
      assertThat(model.config().path("architectures").path(0).asString())
          .isEqualTo("BertForSequenceClassification");
    }
    assertThat(place.resolve("out/report.html")).content().contains("test_accuracy", "classify");
  }

  @Test
  void classesByTheLargestNumbersAndMeanWeights() throws IOException {
    TuneJob.Result result =
        opinions("train.pooling=max", "train.words=true", "train.average={ema: {decay: 0.9}}");
    assertThat(result.test().get("test_accuracy")).isGreaterThan(0.95);
    Path written = Path.of(result.folder());
    assertThat(Json.read(written.resolve("config.json")).path("classifier_pooling").asString())
        .isEqualTo("max");
    assertThat(Json.read(written.resolve("config.json")).path("classifier_words").asBoolean())
        .isTrue();
    try (Pretrained model = Pretrained.open(written)) {
      assertThat(model.weights()).containsKey("pooled.weight").doesNotContainKey("pooler.weight");
    }
  }

  @Test
  void oneRunWritesIntoAFolder() throws IOException {
    Path out = Files.createDirectories(place.resolve("out"));
    String rows = reviews(20);
    try (FolderLock other = FolderLock.of(out)) {
      assertThatThrownBy(() -> classify(rows)).hasMessageContaining("another run");
    }
    assertThat(classify(rows).history().epochs()).isNotEmpty();
  }

  @Test
  void settingsThatATaskDoesNotUseAreRefused() throws IOException {
    String rows = reviews(20);
    refused("train.pooling", rows, "model=gpt", "task=classify", "train.pooling=max");
    refused("train.words", rows, "model=bert", "train.words=true");
    refused("train.bag", rows, "model=bert", "task=classify", "train.bag=1");
    refused("train.bag", rows, "model=gpt", "task=write", "train.bag=1");
    refused("-1", rows, "model=bert", "train.bag=-1");
  }

  private void refused(String said, String rows, String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    boolean words = all.contains("model=bert");
    all.add("fresh=true");
    all.add("vocabulary={kind: " + (words ? "words" : "characters") + "}");
    all.add("data.train=[" + rows + "]");
    assertThatThrownBy(() -> run(all.toArray(String[]::new)))
        .isInstanceOf(Problem.class)
        .hasMessageContaining(said);
  }

  @Test
  void hiddenWordsThenClasses() throws IOException {
    String rows = reviews(200);
    TuneJob.Result hidden =
        run(
            "model=bert",
            "fresh=true",
            "vocabulary={kind: words, size: 200}",
            "data.train=[" + rows + "]",
            "train.epochs=4",
            "train.bag=1");
    assertThat(hidden.history().last().metric("val_loss"))
        .isLessThan(hidden.history().epochs().getFirst().metric("loss"));
    assertThat(hidden.history().last().metric("val_bag"))
        .isLessThan(hidden.history().epochs().getFirst().metric("val_bag"));
    Files.move(place.resolve("out"), place.resolve("first"));
    TuneJob.Result result =
        run(
            "model=first/model",
            "task=classify",
            "data.train=[" + rows + "]",
            "data.held=0.2",
            "train.epochs=6");
    assertThat(result.history().last().metric("val_accuracy")).isGreaterThan(0.9);
  }

  @Test
  void tagsOfWords() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      lines.append("in O\n").append(one(new String[] {"paris", "rome", "oslo"}));
      lines.append(" B-place\nlives O\n").append(one(new String[] {"ann", "bob", "eve"}));
      lines.append(" B-person\nnumber O\n").append(i).append(" O\n\n");
    }
    Files.writeString(place.resolve("names.conll"), lines);
    TuneJob.Result result =
        run(
            "model=bert",
            "fresh=true",
            "task=tag",
            "vocabulary={kind: words, size: 200}",
            "data.train=[names.conll]",
            "data.held=0.1",
            "train.epochs=8");
    assertThat(result.history().last().metric("val_f1")).isGreaterThan(0.9);
    try (Pretrained model = Pretrained.open(Path.of(result.folder()))) {
      assertThat(model.labels()).containsExactly("O", "B-person", "B-place");
    }
  }

  @Test
  void answersInTexts() throws IOException {
    ArrayNode rows = Json.object().putArray("data");
    String[] names = {"ann", "bob", "eve", "tom"};
    for (int i = 0; i < 150; i++) {
      String name = one(names);
      String context = "on day " + i + " the cook was " + name + " and all was well";
      ObjectNode row = rows.addObject();
      row.put("question", "who was the cook").put("context", context);
      ObjectNode answers = row.putObject("answers");
      answers.putArray("text").add(name);
      answers.putArray("answer_start").add(context.indexOf(name));
    }
    Files.writeString(place.resolve("asked.json"), rows.toString());
    TuneJob.Result result =
        run(
            "model=bert",
            "fresh=true",
            "task=answer",
            "vocabulary={kind: words, size: 200}",
            "data.train=[asked.json]",
            "data.held=0.1",
            "train.epochs=10");
    assertThat(result.history().last().metric("val_exact")).isGreaterThan(0.9);
    assertThat(result.history().last().metric("val_f1")).isGreaterThan(0.9);
  }

  @Test
  void textsOfOthers() throws IOException {
    StringBuilder lines = new StringBuilder();
    String[] digits = {"one\teins", "two\tzwei", "three\tdrei", "four\tvier"};
    for (int i = 0; i < 400; i++) {
      String[] first = one(digits).split("\t");
      String[] second = one(digits).split("\t");
      String[] third = one(digits).split("\t");
      String[] fourth = one(digits).split("\t");
      for (int side = 0; side < 2; side++) {
        lines.append(first[side]).append(' ').append(second[side]).append(' ');
        lines.append(third[side]).append(' ').append(fourth[side]).append(side == 0 ? '\t' : '\n');
      }
    }
    Files.writeString(place.resolve("pairs.txt"), lines);
    TuneJob.Result result =
        run(
            "model=bart",
            "fresh=true",
            "vocabulary={kind: bytes, size: 280}",
            "data.train=[pairs.txt]",
            "data.columns=[english, german]",
            "data.key=english",
            "data.target=german",
            "data.held=0.1",
            "train.epochs=12",
            "generation.scored=6",
            "generation.max-tokens=12");
    assertThat(result.test().get("test_bleu")).isGreaterThan(60);
    assertThat(place.resolve("out/report.html")).content().contains("zwei");
  }

  @Test
  void textsOfLikeMeaning() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 160; i++) {
      String thing = one(THINGS) + " " + i % 40;
      ObjectNode row = Json.object();
      row.put("text", "where is the " + thing).put("other", "the " + thing + " is lost");
      rows.append(row).append('\n');
    }
    Files.writeString(place.resolve("alike.jsonl"), rows);
    TuneJob.Result result =
        run(
            "model=bert",
            "fresh=true",
            "task=embed",
            "vocabulary={kind: words, size: 200}",
            "data.train=[alike.jsonl]",
            "data.pair=other",
            "data.held=0.2",
            "train.epochs=6");
    assertThat(result.history().last().metric("val_accuracy")).isGreaterThan(0.5);
    try (TextEmbedder embedder = TextEmbedder.open(Path.of(result.folder()))) {
      float[] vector = embedder.embed(List.of("where is the soup 3")).getFirst();
      double length = 0;
      for (float value : vector) {
        length += value * value;
      }
      assertThat(length).isBetween(0.999, 1.001);
    }
  }

  @Test
  void classesOfPictures() throws IOException {
    for (String name : new String[] {"red", "blue"}) {
      Files.createDirectories(place.resolve("pictures").resolve(name));
      for (int i = 0; i < 40; i++) {
        BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < 64; p++) {
          int bright = 100 + random.nextInt(156);
          int weak = random.nextInt(100);
          Color color =
              name.equals("red") ? new Color(bright, weak, weak) : new Color(weak, weak, bright);
          picture.setRGB(p % 8, p / 8, color.getRGB());
        }
        ImageIO.write(
            picture, "png", place.resolve("pictures/" + name + "/" + i + ".png").toFile());
      }
    }
    TuneJob.Result result =
        run(
            "model=vit",
            "fresh=true",
            "task=picture",
            "data.train=[pictures]",
            "data.held=0.2",
            "train.epochs=5");
    assertThat(result.history().last().metric("val_accuracy")).isEqualTo(1);
    assertThat(Path.of(result.folder()).resolve("preprocessor_config.json")).exists();
  }

  @Test
  void rewardsMakeAnswersLikelier() throws IOException {
    run(
        "model=gpt",
        "fresh=true",
        "vocabulary={kind: characters}",
        "data.train=[" + letters() + "]",
        "data.held=0",
        "train.epochs=2");
    Files.move(place.resolve("out"), place.resolve("first"));
    StringBuilder rows = new StringBuilder();
    for (String letter : "a b c d e f g h".split(" ")) {
      rows.append(Json.object().put("prompt", letter)).append('\n');
    }
    Files.writeString(place.resolve("asked.jsonl"), rows);
    Files.writeString(
        place.resolve("ManyE.java"),
        """
        import io.millrace.data.language.Prompt;
        import io.millrace.train.language.Reward;

        public class ManyE implements Reward {
          @Override
          public double of(Prompt prompt, String answer) {
            return answer.chars().filter(c -> c == 'e').count() / 8.0;
          }
        }
        """);
    TuneJob.Result result =
        run(
            "model=first/model",
            "method=grpo",
            "reward=ManyE.java",
            "group={answers: 6, max-tokens: 8}",
            "data.train=[asked.jsonl]",
            "data.validation=[asked.jsonl]",
            "train.batch=8",
            "train.epochs=25");
    // The loss is the reward with its sign turned.
    double first = -result.history().epochs().getFirst().metric("loss");
    double last = -result.history().last().metric("loss");
    assertThat(last).isGreaterThan(first + 0.3);
    assertThat(result.history().last().metric("val_reward")).isGreaterThan(0.5);
  }

  @Test
  void mistakesAreNamed() throws IOException {
    Files.writeString(place.resolve("one.csv"), "text,label\ngood,yes\nfine,yes\n");
    assertThatThrownBy(() -> classify("one.csv")).hasMessageContaining("yes");
    Files.writeString(place.resolve("hole.csv"), "text,label\ngood,yes\n,no\n");
    assertThatThrownBy(() -> classify("hole.csv")).hasMessageContaining("hole.csv #2");
    Files.writeString(place.resolve("other.csv"), "words,label\ngood,yes\nbad,no\n");
    assertThatThrownBy(() -> classify("other.csv")).hasMessageContaining("words, label");
    Files.writeString(place.resolve("ragged.txt"), "a\tb\nonly one\n");
    assertThatThrownBy(
            () ->
                run(
                    "model=bart",
                    "fresh=true",
                    "vocabulary={}",
                    "data.train=[ragged.txt]",
                    "data.columns=[text, target]"))
        .hasMessageContaining("ragged.txt:2");
    Files.writeString(place.resolve("bad.conll"), "in O\nparis\n");
    assertThatThrownBy(
            () ->
                run(
                    "model=bert",
                    "fresh=true",
                    "task=tag",
                    "vocabulary={kind: words}",
                    "data.train=[bad.conll]"))
        .hasMessageContaining("bad.conll:2");
    Files.writeString(
        place.resolve("shifted.json"),
        """
        [{"question": "who", "context": "ann cooks",
          "answers": {"text": ["ann"], "answer_start": [2]}}]
        """);
    assertThatThrownBy(
            () ->
                run(
                    "model=bert",
                    "fresh=true",
                    "task=answer",
                    "vocabulary={kind: words}",
                    "data.train=[shifted.json]"))
        .hasMessageContaining("shifted.json #1");
    assertThatThrownBy(
            () ->
                run(
                    "model=bert",
                    "fresh=true",
                    "task=embed",
                    "vocabulary={kind: words}",
                    "data.train=[one.csv]"))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("data.pair");
    assertThatThrownBy(() -> run("model=gpt", "method=grpo", "data.train=[one.csv]", "fresh=true"))
        .isInstanceOf(Exception.class);
  }

  @Test
  void damagedFoldersAndFullDisks() throws IOException {
    run(
        "model=gpt",
        "fresh=true",
        "vocabulary={kind: characters}",
        "data.train=[" + letters() + "]",
        "train.epochs=1");
    Path weights = place.resolve("out/model/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    // The last number becomes NaN.
    bytes[bytes.length - 1] = 0x7f;
    bytes[bytes.length - 2] = (byte) 0xc0;
    Files.write(weights, bytes);
    Files.move(place.resolve("out"), place.resolve("damaged"));
    assertThatThrownBy(
            () -> run("model=damaged/model", "data.train=[letters.txt]", "train.epochs=1"))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> TuneJob.enough(10L << 20, 3L << 20, place.resolve("out")))
        .hasMessageContaining("11 MiB")
        .hasMessageContaining("3 MiB");
  }

  private String letters() throws IOException {
    Files.writeString(place.resolve("letters.txt"), "abcdefgh ".repeat(300));
    return "letters.txt";
  }

  private TuneJob.Result classify(String file) {
    return run(
        "model=bert",
        "fresh=true",
        "task=classify",
        "vocabulary={kind: words}",
        "data.train=[" + file + "]");
  }
}
