package io.millrace.serve.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers of a given form by a model whose weights are drawn by chance. */
class FormsTest {
  private static final Path MODEL =
      Path.of(
          System.getProperty("basedir", "."),
          "src/test/resources/io/millrace/serve/language/im-qwen2");

  private static TextEngine engine;

  @BeforeAll
  static void open() {
    engine = TextEngine.open(MODEL, Precision.AS_STORED, Map.of());
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  /** Collects an answer. */
  private static final class Written implements TextWork.Events {
    final StringBuilder text = new StringBuilder();
    final List<JsonNode> calls = new ArrayList<>();
    final CompletableFuture<String> whole = new CompletableFuture<>();
    String finish = "";

    @Override
    public void piece(ObjectNode piece) {
      text.append(piece.path("text").asString(""));
      piece.path("calls").forEach(calls::add);
      finish = piece.path("finish").asString(finish);
    }

    @Override
    public void done(ObjectNode usage) {
      whole.complete(text.toString());
    }

    @Override
    public void failed(RuntimeException problem) {
      whole.completeExceptionally(problem);
    }
  }

  private static Written write(ObjectNode form, long seed, int tokens) {
    ObjectNode request = Json.object().put("prompt", "write:");
    request.put("temperature", 1.3).put("top_k", 0).put("top_p", 1).put("seed", seed);
    request.put("max_tokens", tokens).set("form", form);
    Written written = new Written();
    engine.begin(request, written);
    return written;
  }

  @Test
  void answersFitRandomSchemas() throws Exception {
    answersFit(300);
  }

  @Test
  @Tag("long")
  void answersFitTenThousandRandomSchemas() throws Exception {
    answersFit(10_000);
  }

  private static void answersFit(int schemas) throws Exception {
    SchemaRegistry judges = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    Semaphore open = new Semaphore(64);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    int refused = 0;
    for (int seed = 0; seed < schemas; seed++) {
      ObjectNode schema = RandomSchema.of(seed);
      open.acquire();
      try {
        // Where few tokens are left, the answer is led to its end.
        Written written = write(Json.object().set("schema", schema), seed, 150 + seed % 80);
        CompletableFuture<Void> judged =
            written.whole.thenAccept(
                text ->
                    assertThat(judges.getSchema(schema).validate(text, InputFormat.JSON))
                        .as("%s%n%s", schema, text)
                        .isEmpty());
        judged.whenComplete((done, e) -> open.release());
        all.add(judged);
      } catch (Problem e) {
        open.release();
        assertThat(e.key()).isIn("grammar.never", "grammar.overlap", "grammar.twice");
        refused++;
      }
    }
    all.forEach(CompletableFuture::join);
    assertThat(refused).isLessThan(schemas / 10);
  }

  @Test
  void answersMatchExpressionsAndChoices() {
    for (int seed = 0; seed < 20; seed++) {
      String plate = write(Json.object().put("regex", "[A-Z]{2}-\\d{3,5}"), seed, 30).whole.join();
      assertThat(plate).matches("[A-Z]{2}-\\d{3,5}");
      ObjectNode words = Json.object();
      words.putArray("choice").add("合格").add("不合格").add("unclear");
      assertThat(write(words, seed, 30).whole.join()).isIn("合格", "不合格", "unclear");
    }
  }

  /** The same text by the same seed, alone and among others of other forms. */
  @Test
  void companyDoesNotChangeAnAnswer() {
    ObjectNode form = Json.object().put("object", true);
    String alone = write(form, 5, 60).whole.join();
    List<Written> others = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      others.add(write(Json.object().put("regex", "\\d{20}"), i, 40));
    }
    assertThat(write(form, 5, 60).whole.join()).isEqualTo(alone);
    others.forEach(other -> assertThat(other.whole.join()).matches("\\d{20}"));
  }

  @Test
  void formsThatCannotBeReadAreRefusedBeforeAnythingIsWritten() {
    assertThatThrownBy(() -> write(Json.object().put("regex", "(?=a)"), 1, 10))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("(?=a)");
  }

  @Test
  void aNeighbourWhoseFormIsTooAmbiguousFailsAlone() {
    Written good = write(Json.object().put("regex", "a{50}"), 1, 60);
    Written bad = write(Json.object().put("regex", "x((a{0,3000}){0,3000}){0,3000}b"), 2, 60);
    assertThatThrownBy(bad.whole::join).hasCauseInstanceOf(Problem.class);
    assertThat(good.whole.join()).isEqualTo("a".repeat(50));
  }
}
