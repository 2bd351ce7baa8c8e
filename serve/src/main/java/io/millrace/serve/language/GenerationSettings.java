package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.model.generation.Sampling;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a folder says about writing: {@code generation_config.json}, and {@code config.json} where
 * that is silent.
 *
 * @param ends tokens that end a text
 * @param start the token that an answer of an encoder-decoder begins with; absent in other models
 * @param forcedFirst the token that always follows it; absent: none
 * @param forcedLast what the last token that fits must be; absent: any
 * @param suppressed tokens that are never written
 * @param suppressedFirst tokens that are never written first
 * @param languages Whisper's languages by name, for example {@code <|zh|>}
 * @param task Whisper's token for writing down what is said; absent in models of one language
 * @param noTimes Whisper's token for text without times; absent in other models
 * @param recommended how the model's makers recommend to write; greedy where they say nothing
 */
public record GenerationSettings(
    Set<Long> ends,
    @Nullable Long start,
    @Nullable Long forcedFirst,
    @Nullable Long forcedLast,
    Set<Long> suppressed,
    Set<Long> suppressedFirst,
    Map<String, Long> languages,
    @Nullable Long task,
    @Nullable Long noTimes,
    Sampling recommended) {
  private static final int LENGTH = 256;

  /** Reads a folder's settings. */
  public static GenerationSettings open(Path folder) {
    JsonNode own = read(folder.resolve("generation_config.json"));
    JsonNode config = read(folder.resolve("config.json"));
    Set<Long> suppressed = new LinkedHashSet<>(ids(value("suppress_tokens", own, config)));
    for (JsonNode words : value("bad_words_ids", own, config)) {
      if (words.size() == 1) {
        suppressed.add(words.get(0).asLong());
      }
    }
    Map<String, Long> languages = new LinkedHashMap<>();
    own.path("lang_to_id")
        .properties()
        .forEach(entry -> languages.put(entry.getKey(), entry.getValue().asLong()));
    return new GenerationSettings(
        ids(value("eos_token_id", own, config)),
        id(value("decoder_start_token_id", own, config)),
        id(value("forced_bos_token_id", own, config)),
        id(value("forced_eos_token_id", own, config)),
        suppressed,
        ids(value("begin_suppress_tokens", own, config)),
        languages,
        id(own.path("task_to_id").path("transcribe")),
        id(own.path("no_timestamps_token_id")),
        recommended(own, config));
  }

  private static JsonNode read(Path file) {
    return Files.isRegularFile(file) ? Json.read(file) : Json.object();
  }

  private static JsonNode value(String key, JsonNode own, JsonNode config) {
    return own.hasNonNull(key) ? own.path(key) : config.path(key);
  }

  private static @Nullable Long id(JsonNode node) {
    return node.isIntegralNumber() ? node.asLong() : null;
  }

  private static Set<Long> ids(JsonNode node) {
    Set<Long> ids = new LinkedHashSet<>();
    if (node.isIntegralNumber()) {
      ids.add(node.asLong());
    }
    for (JsonNode one : node) {
      ids.add(one.asLong());
    }
    return ids;
  }

  private static Sampling recommended(JsonNode own, JsonNode config) {
    Sampling.Builder builder = Sampling.greedy(LENGTH).change();
    builder
        .repetition(value("repetition_penalty", own, config).asDouble(1))
        .noRepeat(value("no_repeat_ngram_size", own, config).asInt(0))
        .beams(value("num_beams", own, config).asInt(1))
        .lengthPenalty(value("length_penalty", own, config).asDouble(1))
        // The reference counts the start token too.
        .minTokens(Math.max(0, value("min_length", own, config).asInt(0) - 1));
    if (own.path("do_sample").asBoolean(false)) {
      builder
          .temperature(own.path("temperature").asDouble(1))
          .topK(own.path("top_k").asInt(50))
          .topP(own.path("top_p").asDouble(1))
          .minP(own.path("min_p").asDouble(0))
          .typical(own.path("typical_p").asDouble(1));
    }
    return builder.build();
  }

  /** These settings' ends and forbidden tokens, added to how a caller wants to choose. */
  Sampling around(Sampling wanted) {
    Set<Long> ended = new LinkedHashSet<>(wanted.ends());
    ended.addAll(ends);
    Set<Long> never = new LinkedHashSet<>(wanted.suppressed());
    never.addAll(suppressed);
    Set<Long> neverFirst = new LinkedHashSet<>(wanted.suppressedFirst());
    neverFirst.addAll(suppressedFirst);
    return wanted
        .change()
        .ends(ended)
        .suppressed(never)
        .suppressedFirst(neverFirst)
        .last(wanted.last() == null ? forcedLast : wanted.last())
        .build();
  }
}
