package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A {@code config.json} that is read strictly: every key that nobody asked for is refused at the
 * end, because it may change the answers.
 */
final class Config {
  /** Keys without influence on what a pass computes. */
  private static final Set<String> HARMLESS =
      Set.of(
          ("architectures model_type transformers_version torch_dtype dtype use_cache"
                  + " output_attentions output_hidden_states output_scores return_dict"
                  + " return_dict_in_generate pruned_heads initializer_range initializer_factor"
                  + " init_std problem_type id2label label2id num_labels finetuning_task"
                  + " task_specific_params max_length min_length num_beams num_beam_groups"
                  + " num_return_sequences diversity_penalty length_penalty no_repeat_ngram_size"
                  + " encoder_no_repeat_ngram_size early_stopping forced_bos_token_id"
                  + " forced_eos_token_id forced_decoder_ids suppress_tokens"
                  + " begin_suppress_tokens bad_words_ids temperature top_k top_p typical_p"
                  + " do_sample repetition_penalty prefix remove_invalid_values"
                  + " exponential_decay_length_penalty bos_token_id sep_token_id cls_token_id"
                  + " mask_token_id unk_token_id decoder_start_token_id"
                  + " cross_attention_hidden_size chunk_size_feed_forward gradient_checkpointing"
                  + " encoder_layerdrop decoder_layerdrop layerdrop tie_encoder_decoder"
                  + " torchscript use_bfloat16 tf_legacy_loss attn_implementation"
                  + " keys_to_ignore_at_inference tokenizer_class model_max_length"
                  + " classifier_dropout position_embedding_type pad_token_id eos_token_id"
                  + " language_model_type")
              .split(" "));

  private final String place;
  private final JsonNode node;
  private final Set<String> asked = new HashSet<>();

  Config(Path file) {
    this(file.toString(), Json.read(file));
  }

  private Config(String place, JsonNode node) {
    this.place = place;
    this.node = node;
    if (!node.isObject()) {
      throw new ModelException("config.object", place);
    }
  }

  /** The same configuration for another head. */
  Config as(Recast recast) {
    return new Config(place, recast.change((ObjectNode) node.deepCopy(), place));
  }

  private JsonNode value(String key) {
    asked.add(key);
    return node.path(key);
  }

  boolean has(String key) {
    JsonNode value = value(key);
    return !value.isMissingNode() && !value.isNull();
  }

  /** A count of at least 1. */
  int count(String key) {
    JsonNode value = value(key);
    if (!value.isIntegralNumber() || value.asLong() < 1 || value.asLong() > 1 << 30) {
      throw wrong(key, "a whole number of at least 1");
    }
    return value.asInt();
  }

  int count(String key, int otherwise) {
    return has(key) ? count(key) : otherwise;
  }

  /** A number of layers, 0 or more. */
  int layers(String key, int otherwise) {
    return has(key) && value(key).isIntegralNumber() && value(key).asLong() == 0
        ? 0
        : count(key, otherwise);
  }

  /** A token's id, 0 or more. */
  @Nullable Integer id(String key) {
    JsonNode value = value(key);
    if (value.isArray() && !value.isEmpty()) {
      value = value.get(0);
    }
    return value.isIntegralNumber() && value.asLong() >= 0 ? value.asInt() : null;
  }

  /** A token's id, which must be there. */
  int token(String key) {
    Integer id = id(key);
    if (id == null) {
      throw wrong(key, "the id of a token");
    }
    return id;
  }

  double number(String key) {
    JsonNode value = value(key);
    if (!value.isNumber()) {
      throw wrong(key, "a number");
    }
    return value.asDouble();
  }

  double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  /** A share from 0 to less than 1. */
  double share(String key) {
    double share = number(key, 0);
    if (!(share >= 0 && share < 1)) {
      throw wrong(key, "a number from 0 to less than 1");
    }
    return share;
  }

  boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (!value(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return value(key).asBoolean();
  }

  String text(String key, String otherwise) {
    return has(key) ? value(key).asString("") : otherwise;
  }

  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (JsonNode one : value(key)) {
      texts.add(one.asString(""));
    }
    return texts;
  }

  List<Integer> counts(String key) {
    List<Integer> counts = new ArrayList<>();
    for (JsonNode one : value(key)) {
      if (!one.isIntegralNumber() || one.asLong() < 1 || one.asLong() > 1 << 30) {
        throw wrong(key, "whole numbers of at least 1");
      }
      counts.add(one.asInt());
    }
    if (counts.isEmpty()) {
      throw wrong(key, "whole numbers of at least 1");
    }
    return counts;
  }

  /** A number or a pair of them: height and width. */
  int[] pair(String key) {
    if (value(key).isArray()) {
      List<Integer> both = counts(key);
      return new int[] {both.getFirst(), both.getLast()};
    }
    int one = count(key);
    return new int[] {one, one};
  }

  List<Double> numbers(String key) {
    List<Double> numbers = new ArrayList<>();
    for (JsonNode one : value(key)) {
      if (!one.isNumber()) {
        throw wrong(key, "numbers");
      }
      numbers.add(one.asDouble());
    }
    return numbers;
  }

  /** The settings under a key, read strictly too. */
  Config inside(String key) {
    if (!value(key).isObject()) {
      throw wrong(key, "settings in braces");
    }
    return new Config(place + " " + key, value(key));
  }

  /** Refuses any other value of an option that only some models have. */
  void only(String key, Object expected) {
    if (has(key) && !value(key).asString().equals(String.valueOf(expected))) {
      throw new ModelException("config.option", place, key, value(key).toString(), expected);
    }
  }

  /** Takes note of keys that do not matter for this family. */
  void harmless(String... keys) {
    asked.addAll(Set.of(keys));
  }

  /** The names of the classes, in order; empty where the configuration does not say. */
  List<String> labels() {
    Map<Integer, String> labels = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : value("id2label").properties()) {
      if (entry.getKey().matches("[0-9]{1,8}")) {
        labels.put(Integer.parseInt(entry.getKey()), entry.getValue().asString(""));
      }
    }
    return List.copyOf(labels.values());
  }

  /** The number of classes; 2 where the configuration does not say, as in transformers. */
  int classes() {
    return classes(2);
  }

  /** How many classes, where a folder that says nothing has so many. */
  int classes(int usual) {
    return has("id2label") ? Math.max(1, labels().size()) : count("num_labels", usual);
  }

  /** Refuses keys that nobody asked for. */
  void finish() {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String key = entry.getKey();
      if (!asked.contains(key) && !HARMLESS.contains(key) && !key.startsWith("_")) {
        throw new ModelException("config.unknown", place, key, entry.getValue().toString());
      }
    }
  }

  /** A value that does not fit, named with its place. */
  ModelException wrong(String key, String expected) {
    return new ModelException("config.value", place, key, node.path(key).toString(), expected);
  }

  String place() {
    return place;
  }

  JsonNode node() {
    return node;
  }
}
