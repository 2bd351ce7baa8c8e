package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.json.Json;
import io.millrace.model.Provenance;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LanguagePackage;
import io.millrace.model.folder.LoraSpec;
import io.millrace.model.folder.Pretrained;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.language.Precision;
import io.millrace.server.MillraceServer;
import io.millrace.server.ServingOptions;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** One model with several adapters, each asked for by its name. */
class ServedAdaptersTest {
  @TempDir Path folder;

  private Path adapter(String name) {
    try (Pretrained model = Pretrained.open(Chats.MODEL);
        Adapter adapter = Adapter.fresh(model, LoraSpec.usual(), 1);
        Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      RandomState.seed(name.hashCode());
      adapter
          .parameters()
          .forEach(
              (part, weight) -> {
                if (part.endsWith("lora_B")) {
                  weight.copyInPlace(Tensors.normal(weight.shape().sizes()).mul(0.2));
                }
              });
      adapter.save(folder.resolve(name).resolve("adapter")); // as a training's output
    }
    return folder.resolve(name);
  }

  private static ServingOptions options(Map<String, Path> adapters) {
    return new ServingOptions(
        new LanguageDeployment.Options(Precision.AS_STORED, Duration.ZERO, adapters),
        Map.of(),
        0,
        Map.of("gpt-4o", "poems"));
  }

  @Test
  void requestsOfOneBatchChooseTheirAdapters() throws Exception {
    Map<String, Path> adapters = Map.of("poems", adapter("poems"), "law", adapter("law"));
    try (MillraceServer server =
            MillraceServer.start("127.0.0.1", 0, Map.of("qwen", Chats.MODEL), options(adapters));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      server.awaitReady(Duration.ofSeconds(60));
      Map<String, String> alone = new LinkedHashMap<>();
      for (String name : List.of("qwen", "poems", "law", "gpt-4o")) {
        alone.put(name, LiveModelsTest.text(LiveModelsTest.chat(server, name, 12)));
      }
      assertThat(alone.get("gpt-4o")).isEqualTo(alone.get("poems"));
      assertThat(List.of(alone.get("qwen"), alone.get("poems"), alone.get("law")))
          .doesNotHaveDuplicates();
      Map<String, List<Future<HttpResponse<String>>>> together = new LinkedHashMap<>();
      for (int i = 0; i < 5; i++) {
        for (String name : alone.keySet()) {
          together
              .computeIfAbsent(name, any -> new ArrayList<>())
              .add(callers.submit(() -> LiveModelsTest.chat(server, name, 12)));
        }
      }
      for (Map.Entry<String, List<Future<HttpResponse<String>>>> each : together.entrySet()) {
        for (Future<HttpResponse<String>> answer : each.getValue()) {
          assertThat(LiveModelsTest.text(answer.get())).isEqualTo(alone.get(each.getKey()));
        }
      }
      String models = LiveModelsTest.send(server, "GET", "v1/models", "").body();
      assertThat(models).contains("\"id\":\"poems\"", "\"parent\":\"qwen\"");
    }
  }

  @Test
  void comeAndGoWithTheirModelAndKeepNamesApart() throws Exception {
    Path poems = adapter("poems");
    try (MillraceServer server =
        MillraceServer.start("127.0.0.1", 0, Map.of(), ServingOptions.USUAL)) {
      ObjectNode body = Json.object().put("path", Chats.MODEL.toString());
      body.putObject("adapters").put("poems", poems.toString());
      String with = Json.text(body);
      HttpResponse<String> loaded =
          LiveModelsTest.send(server, "PUT", "api/v1/deployments/qwen", with);
      assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
      assertThat(loaded.body()).contains("\"adapters\":{\"poems\"");
      assertThat(LiveModelsTest.chat(server, "poems", 3).statusCode()).isEqualTo(200);

      refused(server, "other", with, 400, "poems");
      refused(server, "poems", Json.text(body.without("adapters")), 400, "poems");
      HttpResponse<String> alias =
          LiveModelsTest.send(server, "PUT", "api/v1/aliases/poems", "{\"model\": \"qwen\"}");
      assertThat(alias.statusCode()).isEqualTo(400);
      body.putObject("adapters").put("law", folder.resolve("nothing").toString());
      refused(server, "qwen", Json.text(body), 503, "adapter_config.json");
      body.putObject("adapters").put("law", 5);
      refused(server, "qwen", Json.text(body), 400, "adapters.law");
      body.putObject("adapters").put("../law", poems.toString());
      refused(server, "qwen", Json.text(body), 400, "../law");

      // What could not be loaded changed nothing; what is replaced takes its adapters along.
      assertThat(LiveModelsTest.chat(server, "poems", 3).statusCode()).isEqualTo(200);
      String plain = Json.text(Json.object().put("path", Chats.MODEL.toString()));
      LiveModelsTest.send(server, "PUT", "api/v1/deployments/qwen", plain);
      assertThat(LiveModelsTest.chat(server, "poems", 3).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void cardsOfModelsAndAdaptersAreServed() throws Exception {
    Path poems = adapter("poems");
    Provenance made =
        new Provenance("2026", Map.of(), Map.of(), Map.of(), Map.of(), Map.of("x", 2.0));
    LanguagePackage.Manifest manifest =
        new LanguagePackage.Manifest(1, "poems", LanguagePackage.Kind.ADAPTER, "write", "qwen");
    new LanguagePackage(manifest, made, "# poems\n").write(poems.resolve("adapter"));
    Path own = folder.resolve("own");
    try (Pretrained model = Pretrained.open(Chats.MODEL)) {
      model.save(own);
    }
    new LanguagePackage(
            new LanguagePackage.Manifest(1, "own", LanguagePackage.Kind.LANGUAGE, "write", null),
            made,
            "# own\n")
        .write(own);
    Map<String, Path> models = Map.of("own", own, "qwen", Chats.MODEL);
    ServingOptions options =
        new ServingOptions(
            LanguageDeployment.Options.USUAL,
            Map.of(
                "qwen",
                new LanguageDeployment.Options(
                    Precision.AS_STORED, Duration.ZERO, Map.of("poems", poems))),
            0,
            Map.of());
    try (MillraceServer server = MillraceServer.start("127.0.0.1", 0, models, options)) {
      server.awaitReady(Duration.ofSeconds(60));
      ObjectNode body = Json.object().put("model", "own").put("max_tokens", 3);
      body.putArray("prompt").add(1).add(2);
      assertThat(Chats.post(server.url(), "v1/completions", Json.text(body)).statusCode())
          .isEqualTo(200);
      assertThat(LiveModelsTest.send(server, "GET", "api/v1/models", "").body())
          .contains("\"name\":\"own\"", "\"metrics\":{\"x\":2.0}", "\"name\":\"qwen\"");
      String card = "api/v1/models/%s/card";
      assertThat(LiveModelsTest.send(server, "GET", card.formatted("own"), "").body())
          .isEqualTo("# own\n");
      assertThat(LiveModelsTest.send(server, "GET", card.formatted("poems"), "").body())
          .isEqualTo("# poems\n");
      assertThat(LiveModelsTest.send(server, "GET", card.formatted("qwen"), "").statusCode())
          .isEqualTo(404);
    }
  }

  private static void refused(
      MillraceServer server, String name, String body, int status, String said) throws Exception {
    HttpResponse<String> answer =
        LiveModelsTest.send(server, "PUT", "api/v1/deployments/" + name, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(said);
  }
}
