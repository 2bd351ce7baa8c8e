package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.ground.spec.Default;
import io.millrace.model.ModelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a low-rank adapter is made of; the numbers' meaning is PEFT's.
 *
 * @param rank of the two narrow matrices, at least 1
 * @param alpha the change is multiplied with alpha / rank
 * @param dropout the share of inputs that the change does not see while training
 * @param rootScaled alpha / √rank instead (rsLoRA, Kalajdzievski 2023)
 * @param magnitudes rows' lengths are learned apart (DoRA, Liu et al. 2024)
 * @param targets the products that change: ends of their names in the folder, for example {@code
 *     q_proj}; {@code all-linear}: every one inside the blocks
 * @param save modules that are trained whole and saved with the adapter, for example {@code score}
 */
public record LoraSpec(
    @Default("16") int rank,
    @Default("32") double alpha,
    @Default("0.05") double dropout,
    @Default("false") boolean rootScaled,
    @Default("false") boolean magnitudes,
    @Default("[\"all-linear\"]") List<String> targets,
    @Default("[]") List<String> save) {
  private static final String ALL = "all-linear";

  /** Options of PEFT that change nothing here. */
  private static final Set<String> HARMLESS =
      Set.of(
          "peft_type",
          "peft_version",
          "task_type",
          "auto_mapping",
          "base_model_name_or_path",
          "revision",
          "inference_mode",
          "init_lora_weights",
          "megatron_core",
          "qalora_group_size",
          "r",
          "lora_alpha",
          "lora_dropout",
          "use_rslora",
          "use_dora",
          "target_modules",
          "modules_to_save",
          "bias",
          "fan_in_fan_out",
          "rank_pattern",
          "alpha_pattern",
          "exclude_modules",
          "layers_to_transform",
          "layers_pattern",
          "ensure_weight_tying");

  /** Checks the ranges. */
  public LoraSpec {
    require("rank", rank, rank >= 1 && rank <= 65_536);
    require("alpha", alpha, alpha > 0 && Double.isFinite(alpha));
    require("dropout", dropout, dropout >= 0 && dropout < 1);
    require("targets", targets, !targets.isEmpty());
    targets = List.copyOf(targets);
    save = List.copyOf(save);
  }

  private static void require(String name, Object value, boolean holds) {
    if (!holds) {
      throw new ModelException("adapter.range", name, value);
    }
  }

  /** Rank 16, alpha 32, every product of the blocks. */
  public static LoraSpec usual() {
    return new LoraSpec(16, 32, 0.05, false, false, List.of(ALL), List.of());
  }

  /** This with modules that are trained whole besides. */
  public LoraSpec saving(Collection<String> modules) {
    Set<String> all = new LinkedHashSet<>(save);
    all.addAll(modules);
    return new LoraSpec(rank, alpha, dropout, rootScaled, magnitudes, targets, List.copyOf(all));
  }

  /** Whether a product changes. */
  boolean aims(String module) {
    for (String target : targets) {
      boolean hit =
          target.equals(ALL)
              ? module.matches(".*\\.[0-9]+\\..*")
              : module.equals(target) || module.endsWith("." + target);
      if (hit) {
        return true;
      }
    }
    return false;
  }

  /** What the change of a rank is multiplied with. */
  double scale(int ofRank, double ofAlpha) {
    return rootScaled ? ofAlpha / Math.sqrt(ofRank) : ofAlpha / ofRank;
  }

  /**
   * Reads {@code adapter_config.json}.
   *
   * @throws ModelException if it is no LoRA, or an option would change the numbers and is not known
   */
  static LoraSpec read(JsonNode node, String place) {
    String kind = node.path("peft_type").asString("");
    if (!kind.equals("LORA")) {
      throw new ModelException("adapter.kind", place, kind);
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      JsonNode value = entry.getValue();
      boolean off =
          value.isNull()
              || (value.isBoolean() && !value.asBoolean())
              || (value.isContainer() && value.isEmpty());
      if (!off && !HARMLESS.contains(entry.getKey())) {
        throw new ModelException("config.unknown", place, entry.getKey(), value.toString());
      }
    }
    if (!node.path("bias").asString("none").equals("none")) {
      throw new ModelException("config.unknown", place, "bias", node.path("bias").toString());
    }
    return new LoraSpec(
        node.path("r").asInt(8),
        node.path("lora_alpha").asDouble(8),
        node.path("lora_dropout").asDouble(0),
        node.path("use_rslora").asBoolean(false),
        node.path("use_dora").asBoolean(false),
        texts(node.path("target_modules"), List.of(ALL)),
        texts(node.path("modules_to_save"), List.of()));
  }

  private static List<String> texts(JsonNode node, List<String> none) {
    List<String> list = new ArrayList<>();
    if (node.isString()) {
      list.add(node.asString());
    }
    node.forEach(one -> list.add(one.asString("")));
    return list.isEmpty() ? none : list;
  }

  /** Alpha by module, where a file gives some one of their own. */
  static Map<String, Double> alphas(JsonNode node, Iterable<String> modules) {
    Map<String, Double> alphas = new HashMap<>();
    for (String module : modules) {
      for (Map.Entry<String, JsonNode> entry : node.path("alpha_pattern").properties()) {
        if (module.matches("(.*\\.)?(" + entry.getKey() + ")$")) {
          alphas.put(module, entry.getValue().asDouble(0));
          break;
        }
      }
    }
    return alphas;
  }

  /**
   * {@code adapter_config.json} as PEFT reads it.
   *
   * @param modules the products that change
   * @param transposed whether the folder holds them with rows and columns swapped
   */
  ObjectNode json(Iterable<String> modules, boolean transposed, String task) {
    ObjectNode node = Json.object();
    node.put("peft_type", "LORA").put("task_type", task);
    node.putNull("base_model_name_or_path");
    node.put("r", rank).put("lora_alpha", alpha).put("lora_dropout", dropout);
    node.put("use_rslora", rootScaled).put("use_dora", magnitudes);
    node.put("bias", "none").put("fan_in_fan_out", transposed);
    node.put("inference_mode", true).put("init_lora_weights", true);
    var list = node.putArray("target_modules");
    modules.forEach(list::add);
    if (save.isEmpty()) {
      node.putNull("modules_to_save");
    } else {
      save.forEach(node.putArray("modules_to_save")::add);
    }
    return node;
  }
}
