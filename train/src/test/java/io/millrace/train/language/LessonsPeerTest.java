package io.millrace.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.data.language.AnswerWindow;
import io.millrace.data.language.Classified;
import io.millrace.data.language.MeaningPair;
import io.millrace.data.language.Reading;
import io.millrace.data.language.Rewriting;
import io.millrace.data.language.Tagged;
import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.folder.Pretrained;
import io.millrace.tensor.DType;
import io.millrace.tensor.Shape;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.optimizer.AdamW;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Ten steps of every task beside transformers and PyTorch, on the same examples. */
class LessonsPeerTest {
  private static final double CLOSE = 1e-4;

  @TempDir static Path folder;

  @BeforeAll
  static void make() throws Exception {
    Peer.run("lessons_peer.py", "transformers", folder);
  }

  private static List<Reading> texts(JsonNode rows) {
    List<Reading> all = new ArrayList<>();
    for (JsonNode row : rows) {
      long[] ids = numbers(row);
      all.add(new Reading(ids, new long[ids.length], false));
    }
    return all;
  }

  private static long[] numbers(JsonNode row) {
    return IntStream.range(0, row.size()).mapToLong(i -> row.get(i).asLong()).toArray();
  }

  /** Trains ten steps of one batch and compares the losses. */
  private static void compare(String task, BiConsumer<LanguageTrainer, Teaching> teach) {
    JsonNode recorded = Json.read(folder.resolve(task + ".json"));
    List<Double> losses = new ArrayList<>();
    try (Pretrained model = Pretrained.open(folder.resolve(task), DType.FLOAT32)) {
      LanguageTrainer trainer =
          LanguageTrainer.of(model)
              .optimizer(new AdamW(1e-3, 0.01, 0.9, 0.999, 1e-8))
              .epochs(10)
              .batch(8)
              .clipNorm(1)
              .listeners(
                  new TrainingListener() {
                    @Override
                    public void stepped(Training training) {
                      losses.add(training.lastLoss());
                    }
                  });
      teach.accept(trainer, new Teaching(model, recorded.path("examples")));
    }
    JsonNode wanted = recorded.path("losses");
    assertThat(losses).hasSize(wanted.size());
    for (int i = 0; i < losses.size(); i++) {
      double loss = wanted.get(i).asDouble();
      assertThat(losses.get(i))
          .as(task + ", step " + (i + 1))
          .isCloseTo(loss, within(CLOSE * loss));
    }
  }

  private record Teaching(Pretrained model, JsonNode examples) {}

  @Test
  void classesOfTexts() {
    classes("classify");
  }

  @Test
  void classesByTheLargestNumbers() {
    classes("classify-max");
  }

  @Test
  void classesByWordsToo() {
    classes("classify-words");
  }

  private static void classes(String task) {
    compare(
        task,
        (trainer, given) -> {
          List<Reading> texts = texts(given.examples.path("ids"));
          List<Classified> all = new ArrayList<>();
          for (int i = 0; i < texts.size(); i++) {
            int label = given.examples.path("labels").get(i).asInt();
            all.add(new Classified(texts.get(i), label));
          }
          trainer.fit(new ClassLesson(given.model, all, 0, 0, Blanks.NONE));
        });
  }

  @Test
  void tagsOfWords() {
    compare(
        "tag",
        (trainer, given) -> {
          List<Reading> texts = texts(given.examples.path("ids"));
          List<Tagged> all = new ArrayList<>();
          for (int i = 0; i < texts.size(); i++) {
            long[] tags = numbers(given.examples.path("tags").get(i));
            all.add(new Tagged(texts.get(i), tags, tags.length));
          }
          trainer.fit(new TagLesson(given.model, all, 0));
        });
  }

  @Test
  void placesOfAnswers() {
    compare(
        "answer",
        (trainer, given) -> {
          List<Reading> texts = texts(given.examples.path("ids"));
          List<AnswerWindow.Question> asked = new ArrayList<>();
          List<AnswerWindow> all = new ArrayList<>();
          for (int i = 0; i < texts.size(); i++) {
            int start = given.examples.path("starts").get(i).asInt();
            int end = given.examples.path("ends").get(i).asInt();
            asked.add(new AnswerWindow.Question("?", "a", List.of("a"), 0, "test"));
            all.add(new AnswerWindow(i, texts.get(i), 0, new int[0], new int[0], start, end));
          }
          trainer.fit(new AnswerLesson(given.model, asked, all, 0));
        });
  }

  @Test
  void hiddenWords() {
    masked("mask", null);
  }

  @Test
  void allWordsOfATextFromItsFirstToken() {
    masked("mask-bag", new BagOfWords(0.7, 2, Set.of(0L, 1L, 2L, 3L, 4L)));
  }

  private static void masked(String task, @Nullable BagOfWords bag) {
    compare(
        task,
        (trainer, given) -> {
          List<TokenRow> all = new ArrayList<>();
          for (int i = 0; i < given.examples.path("ids").size(); i++) {
            long[] ids = numbers(given.examples.path("ids").get(i));
            long[] texts = new long[ids.length];
            Arrays.fill(texts, 1);
            long[] places = IntStream.range(0, ids.length).asLongStream().toArray();
            all.add(
                new TokenRow(ids, numbers(given.examples.path("targets").get(i)), texts, places));
          }
          trainer.bag(bag).fit(new Fixed(all));
        });
  }

  private record Fixed(List<TokenRow> rows) implements TokenRows {
    @Override
    public int count() {
      return rows.size();
    }

    @Override
    public int width() {
      return rows.stream().mapToInt(row -> row.ids().length).max().orElseThrow();
    }

    @Override
    public TokenRow row(int epoch, int index) {
      return rows.get(index);
    }

    @Override
    public String description() {
      return "fixed";
    }
  }

  @Test
  void textsOfOthers() {
    compare(
        "rewrite",
        (trainer, given) -> {
          List<Reading> sources = texts(given.examples.path("ids"));
          List<Reading> targets = texts(given.examples.path("targets"));
          List<Rewriting> all = new ArrayList<>();
          for (int i = 0; i < sources.size(); i++) {
            all.add(new Rewriting(sources.get(i), targets.get(i)));
          }
          trainer.fit(new WritingLesson(given.model, all, 1, 0.1));
        });
  }

  @Test
  void textsOfLikeMeaning() {
    compare(
        "embed",
        (trainer, given) -> {
          List<Reading> ones = texts(given.examples.path("ids"));
          List<Reading> others = texts(given.examples.path("others"));
          List<MeaningPair> all = new ArrayList<>();
          for (int i = 0; i < ones.size(); i++) {
            all.add(new MeaningPair(ones.get(i), others.get(i), null));
          }
          trainer.fit(new MeaningLesson(given.model, all, Pooling.MEAN, 0, 20));
        });
  }

  @Test
  void classesOfPictures() {
    compare(
        "picture",
        (trainer, given) -> {
          int size = 3 * 8 * 8;
          byte[] pixels = new byte[8 * size];
          int next = 0;
          for (JsonNode picture : given.examples.path("pixels")) {
            for (JsonNode channel : picture) {
              for (JsonNode row : channel) {
                for (JsonNode pixel : row) {
                  pixels[next++] = (byte) pixel.asInt();
                }
              }
            }
          }
          JsonNode labels = given.examples.path("labels");
          int[] classes = IntStream.range(0, 8).map(i -> labels.get(i).asInt()).toArray();
          Dataset all =
              new Dataset(
                  "test",
                  Rows.ofBytes(pixels, Shape.of(3, 8, 8)),
                  new Targets.Classes(classes, List.of("a", "b", "c", "d", "e")));
          double[] half = {0.5, 0.5, 0.5};
          trainer.fit(
              new PictureLesson(given.model, all, new PictureLesson.Pixels(1 / 255.0, half, half)));
        });
  }
}
