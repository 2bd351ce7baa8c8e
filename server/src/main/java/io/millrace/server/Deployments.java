package io.millrace.server;

import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import io.millrace.serve.Deployment;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.language.Precision;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Millrace's own routes that load, replace, rename and unload models while the server runs. */
final class Deployments {
  static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

  private static final Set<String> KEYS = Set.of("path", "precision", "idle_seconds", "adapters");
  private static final int LONGEST_IDLE = 30 * 24 * 3600;

  private final Models models;

  Deployments(Models models) {
    this.models = models;
  }

  void list(Context ctx) {
    ObjectNode answer = Json.object();
    ArrayNode all = answer.putArray("deployments");
    models.languages().forEach(model -> all.add(told(model)));
    models.all().forEach(model -> all.add(told(model)));
    answer.set("aliases", Json.mapper().valueToTree(models.aliases()));
    answer.put("memory_bytes", models.memory());
    json(ctx, answer);
  }

  private ObjectNode told(LanguageDeployment model) {
    ObjectNode one = told(model.name(), model.folder(), model.pid());
    boolean asleep = model.isAsleep();
    one.put("state", asleep ? "asleep" : model.isReady() ? "ready" : "not ready");
    one.put("precision", model.options().precision().word());
    one.put("idle_seconds", model.options().idle().toSeconds());
    ObjectNode adapters = one.putObject("adapters");
    model.options().adapters().forEach((name, path) -> adapters.put(name, path.toString()));
    return one.put("open_requests", model.open());
  }

  private ObjectNode told(Deployment model) {
    ObjectNode one = told(model.name(), model.folder(), model.pid());
    return one.put("state", model.isReady() ? "ready" : "not ready");
  }

  private ObjectNode told(String name, Path folder, @Nullable Long pid) {
    ObjectNode one = Json.object().put("name", name).put("path", folder.toString());
    one.put("process", pid);
    return one.put("memory_bytes", models.need(name));
  }

  void load(Context ctx) {
    String name = name(ctx.pathParam("name"));
    JsonNode body = read(ctx);
    for (Map.Entry<String, JsonNode> entry : body.properties()) {
      if (!KEYS.contains(entry.getKey())) {
        throw new ServerException(400, "openai.key", entry.getKey(), KEYS);
      }
    }
    Path folder = path("path", body.path("path"), "the folder of a model");
    Map<String, Path> adapters = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> one : body.path("adapters").properties()) {
      String key = "adapters." + one.getKey();
      adapters.put(name(one.getKey()), path(key, one.getValue(), "the folder of an adapter"));
    }
    int idle = OpenAiRequest.whole(body, "idle_seconds", 0, 0, LONGEST_IDLE);
    Precision precision = Precision.of(body.path("precision").asString("as-stored"));
    Duration rest = Duration.ofSeconds(idle);
    models.load(name, folder, new LanguageDeployment.Options(precision, rest, adapters));
    list(ctx);
  }

  private static Path path(String key, JsonNode given, String expected) {
    if (!given.isString()) {
      throw OpenAiRequest.wrong(key, given, expected);
    }
    try {
      return Path.of(given.asString());
    } catch (InvalidPathException e) {
      throw OpenAiRequest.wrong(key, given, expected);
    }
  }

  void unload(Context ctx) {
    models.unload(ctx.pathParam("name"));
    list(ctx);
  }

  void alias(Context ctx) {
    JsonNode model = read(ctx).path("model");
    if (!model.isString()) {
      throw OpenAiRequest.wrong("model", model, "the name of a model");
    }
    models.alias(name(ctx.pathParam("name")), model.asString());
    list(ctx);
  }

  void unalias(Context ctx) {
    models.unalias(ctx.pathParam("name"));
    list(ctx);
  }

  private static String name(String name) {
    if (!name.matches(NAME)) {
      throw new ServerException(400, "model.name", name);
    }
    return name;
  }

  private static JsonNode read(Context ctx) {
    JsonNode body;
    try {
      body = Json.mapper().readTree(Body.read(ctx));
    } catch (tools.jackson.core.JacksonException e) {
      throw new ServerException(400, "body.json", e.getOriginalMessage());
    }
    if (body == null || !body.isObject()) {
      throw new ServerException(400, "body.expected", "a JSON object");
    }
    return body;
  }

  private static void json(Context ctx, JsonNode value) {
    ctx.contentType("application/json").result(Json.text(value));
  }
}
