package io.millrace.server;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request in OpenAI's form, checked and turned into those of {@link
 * io.millrace.serve.language.TextEngine}. Keys that are not known are refused: one that is left out
 * silently may change the answer.
 *
 * @param requests one for each prompt
 * @param copies answers to each prompt
 * @param usage whether a stream tells at its end how many tokens there were
 * @param logprobs whether tokens are told with log-probabilities
 */
record OpenAiRequest(
    String model,
    List<ObjectNode> requests,
    int copies,
    boolean stream,
    boolean usage,
    boolean logprobs) {
  private static final int MOST_COPIES = 128;
  private static final int MOST_STOPS = 16;
  private static final int MOST_PROMPTS = 128;

  /** Keys that say nothing about what is written. */
  private static final Set<String> IGNORED =
      Set.of("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key");

  /** Numbers by OpenAI's name, and those that vLLM adds, with ours. */
  private static final Map<String, String> NUMBERS = new LinkedHashMap<>();

  static {
    for (String same :
        List.of(
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "seed",
            "top_k",
            "min_p",
            "repetition_penalty",
            "min_tokens",
            "priority")) {
      NUMBERS.put(same, same);
    }
    NUMBERS.put("max_tokens", "max_tokens");
    NUMBERS.put("max_completion_tokens", "max_tokens");
    NUMBERS.put("max_output_tokens", "max_tokens");
  }

  private static final Set<String> SHARED =
      Set.of("model", "n", "stop", "stream", "stream_options", "logprobs", "ignore_eos");

  private static final Set<String> CHAT =
      Set.of(
          "messages",
          "top_logprobs",
          "chat_template_kwargs",
          "response_format",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "modalities");

  private static final Set<String> COMPLETION = Set.of("prompt");

  /** {@code /v1/chat/completions}. */
  static OpenAiRequest chat(byte[] bytes) {
    JsonNode body = writing(bytes, CHAT);
    ObjectNode request = settings(body);
    request.set("messages", Messages.read(body.path("messages")));
    if (body.hasNonNull("chat_template_kwargs")) {
      request.set("template", body.path("chat_template_kwargs"));
    }
    AskedForm.responseFormat(body, request);
    AskedForm.tools(request, body.path("tools"), body.path("tool_choice"));
    boolean told = flag(body, "logprobs");
    if (told) {
      request.put("logprobs", whole(body, "top_logprobs", 0, 0, 20));
    }
    return of(body, List.of(request), told);
  }

  /** {@code /v1/completions}. */
  static OpenAiRequest completion(byte[] bytes) {
    JsonNode body = writing(bytes, COMPLETION);
    ObjectNode settings = settings(body);
    boolean told = body.hasNonNull("logprobs");
    if (told) {
      settings.put("logprobs", whole(body, "logprobs", 0, 0, 20));
    }
    List<ObjectNode> requests = new ArrayList<>();
    JsonNode prompt = body.path("prompt");
    if (prompt.isString()) {
      requests.add(settings.deepCopy().put("prompt", prompt.asString()));
    } else if (isIds(prompt)) {
      requests.add((ObjectNode) settings.deepCopy().set("ids", prompt));
    } else if (prompt.isArray() && !prompt.isEmpty() && prompt.size() <= MOST_PROMPTS) {
      for (JsonNode one : prompt) {
        if (one.isString()) {
          requests.add(settings.deepCopy().put("prompt", one.asString()));
        } else if (isIds(one)) {
          requests.add((ObjectNode) settings.deepCopy().set("ids", one));
        } else {
          throw wrong("prompt", one, "a text or a list of token ids");
        }
      }
    } else {
      throw wrong("prompt", prompt, "a text, a list of token ids, or up to 128 of them");
    }
    return of(body, requests, told);
  }

  static boolean isIds(JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      return false;
    }
    for (JsonNode one : node) {
      if (!one.isIntegralNumber()) {
        return false;
      }
    }
    return true;
  }

  private static OpenAiRequest of(JsonNode body, List<ObjectNode> requests, boolean told) {
    return new OpenAiRequest(
        body.path("model").asString(),
        requests,
        whole(body, "n", 1, 1, MOST_COPIES),
        flag(body, "stream"),
        flag(body.path("stream_options"), "include_usage"),
        told);
  }

  private static JsonNode writing(byte[] bytes, Set<String> more) {
    Set<String> known = new TreeSet<>(more);
    known.addAll(SHARED);
    known.addAll(NUMBERS.keySet());
    known.remove("max_output_tokens"); // of /v1/responses alone
    known.addAll(AskedForm.KEYS);
    return body(bytes, known);
  }

  /** A body that is an object with a model and these keys. */
  static JsonNode body(byte[] bytes, Set<String> known) {
    JsonNode body;
    try {
      body = Json.mapper().readTree(bytes);
    } catch (tools.jackson.core.JacksonException e) {
      throw new ServerException(400, "body.json", e.getOriginalMessage());
    }
    if (body == null || !body.isObject()) {
      throw new ServerException(400, "body.expected", "a JSON object");
    }
    for (Map.Entry<String, JsonNode> entry : body.properties()) {
      String key = entry.getKey();
      if (!known.contains(key) && !IGNORED.contains(key) && !entry.getValue().isNull()) {
        throw new ServerException(400, "openai.key", key, Nearest.of(key, known));
      }
    }
    if (!body.path("model").isString()) {
      throw wrong("model", body.path("model"), "the name of a model");
    }
    return body;
  }

  static ObjectNode settings(JsonNode body) {
    ObjectNode request = Json.object();
    NUMBERS.forEach(
        (theirs, ours) -> {
          JsonNode value = body.path(theirs);
          if (body.hasNonNull(theirs)) {
            boolean counts =
                ours.equals("max_tokens") || ours.equals("top_k") || ours.equals("seed");
            if (!value.isNumber() || (counts && !value.isIntegralNumber())) {
              throw wrong(theirs, value, counts ? "a whole number" : "a number");
            }
            request.set(ours, value);
          }
        });
    request.put("n", whole(body, "n", 1, 1, MOST_COPIES));
    AskedForm.structured(body, request);
    if (flag(body, "ignore_eos")) {
      request.put("ignore_eos", true);
    }
    JsonNode stop = body.path("stop");
    if (body.hasNonNull("stop")) {
      ArrayNode stops = request.putArray("stop");
      if (stop.isString()) {
        stops.add(stop);
      } else if (stop.isArray() && stop.size() <= MOST_STOPS) {
        for (JsonNode one : stop) {
          if (!one.isString()) {
            throw wrong("stop", one, "a text");
          }
          stops.add(one);
        }
      } else {
        throw wrong("stop", stop, "a text or up to 16 of them");
      }
    }
    return request;
  }

  static boolean flag(JsonNode body, String key) {
    JsonNode value = body.path(key);
    if (!body.hasNonNull(key)) {
      return false;
    }
    if (!value.isBoolean()) {
      throw wrong(key, value, "true or false");
    }
    return value.asBoolean();
  }

  static int whole(JsonNode body, String key, int otherwise, int least, int most) {
    if (!body.hasNonNull(key)) {
      return otherwise;
    }
    JsonNode value = body.path(key);
    if (!value.isIntegralNumber() || value.asLong() < least || value.asLong() > most) {
      throw wrong(key, value, least + " to " + most);
    }
    return value.asInt();
  }

  static ServerException wrong(String key, JsonNode value, String expected) {
    String shown = value.isMissingNode() ? "" : value.toString();
    return new ServerException(
        400,
        "openai.value",
        key,
        shown.length() > 80 ? shown.substring(0, 80) + "…" : shown,
        expected);
  }
}
