package io.millrace.server;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.millrace.ground.json.Json;
import io.millrace.model.Signature;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LanguagePackage;
import io.millrace.pipeline.Version;
import io.millrace.serve.Deployment;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.Values;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The one route table: all that the server answers to. */
final class Routes {
  /**
   * One route.
   *
   * @param path with {@code {name}} for what varies
   */
  record Route(HandlerType method, String path, Handler handler) {}

  private final Models models;
  private final Page page;
  private final OpenAi openAi;
  private final Deployments deployments;

  Routes(Models models) {
    this.models = models;
    this.page = new Page(models);
    this.openAi = new OpenAi(models);
    this.deployments = new Deployments(models);
  }

  List<Route> table() {
    return List.of(
        get("/", page::index),
        get("/playground", page::playground),
        get("/live", page::live),
        get("/assets/{file}", page::asset),
        // Open Inference Protocol v2
        get("/v2", this::server),
        get("/v2/health/live", ctx -> json(ctx, Map.of("live", true))),
        get("/v2/health/ready", this::ready),
        get("/v2/models/{name}", this::metadata),
        get("/v2/models/{name}/ready", this::modelReady),
        post("/v2/models/{name}/infer", this::infer),
        get("/v2/models/{name}/versions/{version}", this::metadata),
        get("/v2/models/{name}/versions/{version}/ready", this::modelReady),
        post("/v2/models/{name}/versions/{version}/infer", this::infer),
        // OpenAI
        get("/v1/models", openAi::list),
        get("/v1/models/{model}", openAi::describe),
        post("/v1/chat/completions", openAi::chat),
        post("/v1/completions", openAi::completion),
        post("/v1/responses", openAi::response),
        post("/v1/embeddings", new Embeddings(models)::answer),
        post("/v1/classify", new Judgements(models)::classify),
        post("/v1/rerank", new Judgements(models)::rerank),
        get(
            "/metrics",
            ctx ->
                ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                    .result(Metrics.text(models.languages()))),
        // Millrace's own
        get("/api/v1/traces", openAi.traces()::list),
        get("/api/v1/deployments", deployments::list),
        put("/api/v1/deployments/{name}", deployments::load),
        delete("/api/v1/deployments/{name}", deployments::unload),
        put("/api/v1/aliases/{name}", deployments::alias),
        delete("/api/v1/aliases/{name}", deployments::unalias),
        get("/api/v1/models", this::list),
        get("/api/v1/models/{name}/card", this::card),
        post("/api/v1/models/{name}/explain", this::explain));
  }

  private static Route get(String path, Handler handler) {
    return new Route(HandlerType.GET, path, handler);
  }

  private static Route put(String path, Handler handler) {
    return new Route(HandlerType.PUT, path, handler);
  }

  private static Route delete(String path, Handler handler) {
    return new Route(HandlerType.DELETE, path, handler);
  }

  private static Route post(String path, Handler handler) {
    return new Route(HandlerType.POST, path, handler);
  }

  private void server(Context ctx) {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("name", "millrace");
    answer.put("version", Version.TEXT);
    answer.put("extensions", List.of());
    json(ctx, answer);
  }

  private void ready(Context ctx) {
    boolean ready = models.areReady();
    ctx.status(ready ? 200 : 503);
    json(ctx, Map.of("ready", ready));
  }

  private void modelReady(Context ctx) {
    Deployment model = model(ctx);
    ctx.status(model.isReady() ? 200 : 503);
    json(ctx, Map.of("name", model.name(), "ready", model.isReady()));
  }

  private void metadata(Context ctx) {
    Deployment model = model(ctx);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("name", model.name());
    answer.put("versions", List.of("1"));
    answer.put("platform", "millrace");
    answer.put("inputs", ports(model.model().signature().inputs()));
    List<Map<String, Object>> outputs = new ArrayList<>(ports(model.model().signature().outputs()));
    if (model.model().signature().outputs().getFirst().classes() != null) {
      outputs.add(Map.of("name", "class", "datatype", "BYTES", "shape", new long[] {-1}));
    }
    answer.put("outputs", outputs);
    json(ctx, answer);
  }

  private static List<Map<String, Object>> ports(List<Signature.Port> ports) {
    return ports.stream()
        .map(
            port ->
                Map.<String, Object>of(
                    "name", port.name(), "datatype", port.datatype(), "shape", port.shape()))
        .toList();
  }

  private void list(Context ctx) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Deployment model : models.all()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", model.name());
      one.put("ready", model.isReady());
      one.put("task", model.model().manifest().task());
      one.put("signature", model.model().signature());
      one.put("metrics", model.model().provenance().metrics());
      one.put("created", model.model().provenance().created());
      all.add(one);
    }
    for (LanguageDeployment model : models.languages()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", model.name());
      one.put("ready", model.isReady());
      LanguagePackage papers = LanguagePackage.read(model.folder());
      if (papers != null) {
        one.put("task", papers.manifest().task());
        one.put("metrics", papers.provenance().metrics());
        one.put("created", papers.provenance().created());
      }
      all.add(one);
    }
    json(ctx, Map.of("models", all));
  }

  private void card(Context ctx) {
    String name = ctx.pathParam("name");
    String card = models.isLanguage(name) ? languageCard(name) : model(ctx).model().card();
    ctx.contentType("text/markdown; charset=utf-8").result(card);
  }

  /** The card of a language model, or of an adapter on one. */
  private String languageCard(String name) {
    LanguageDeployment model = models.language(name);
    String adapter = models.adapter(name);
    Path folder = adapter == null ? model.folder() : model.options().adapters().get(adapter);
    LanguagePackage papers = folder == null ? null : LanguagePackage.read(Adapter.in(folder));
    if (papers == null) {
      throw new ServerException(404, "model.card", name);
    }
    return papers.card();
  }

  private void infer(Context ctx) {
    Deployment model = model(ctx);
    InferenceJson.Request request = InferenceJson.read(Body.read(ctx));
    answer(ctx, model, request, model.predict(request.inputs()));
  }

  private void explain(Context ctx) {
    Deployment model = model(ctx);
    InferenceJson.Request request = InferenceJson.read(Body.read(ctx));
    answer(ctx, model, request, model.explain(request.inputs(), request.target()));
  }

  private static void answer(
      Context ctx,
      Deployment model,
      InferenceJson.Request request,
      CompletableFuture<List<Values>> values) {
    ctx.future(
        () ->
            values.thenAccept(
                outputs ->
                    ctx.contentType("application/json")
                        .result(InferenceJson.write(model.name(), request.id(), outputs))));
  }

  private Deployment model(Context ctx) {
    String version = ctx.pathParamMap().getOrDefault("version", "1");
    if (!version.equals("1")) {
      throw new ServerException(404, "model.version", ctx.pathParam("name"), version);
    }
    return models.get(ctx.pathParam("name"));
  }

  private static void json(Context ctx, Object value) {
    ctx.contentType("application/json").result(Json.text(value));
  }
}
