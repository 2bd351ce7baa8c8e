package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.model.architecture.Architecture;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Source;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.ShardedSafetensors;
import io.millrace.tensor.safetensors.StoredTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model from a Hugging Face folder: {@code config.json} and safetensors, in one file or in
 * shards.
 *
 * <pre>{@code
 * try (Pretrained model = Pretrained.open(Path.of("bert"));
 *     Scope scope = Scope.open()) {
 *   Tensor logits = model.forward(Inputs.ids(Tensors.of(ids, 1, ids.length))).get("logits");
 * }
 * }</pre>
 *
 * <p>An architecture or an option that is not known is refused by name, as are missing and surplus
 * weights: the answers are those of the reference implementation or there are none.
 */
public final class Pretrained implements AutoCloseable {
  private static final long SHARD = 5L << 30;

  private final Path folder;
  private final Config config;
  private final Architecture architecture;
  private final HeldWeights weights;
  private final Set<String> leftOut;
  private final Scope owner;

  private Pretrained(
      Path folder,
      Config config,
      Architecture architecture,
      HeldWeights weights,
      Set<String> leftOut,
      Scope owner) {
    this.folder = folder;
    this.config = config;
    this.architecture = architecture;
    this.weights = weights;
    this.leftOut = leftOut;
    this.owner = owner;
  }

  /** Opens a folder, with weights in the type in which they are stored. */
  public static Pretrained open(Path folder) {
    return open(folder, null);
  }

  /**
   * Opens a folder.
   *
   * @param dtype what weights become, float32 or bfloat16; absent: as stored
   * @throws ModelException if the architecture or an option is not known, or weights are missing,
   *     surplus or of another shape
   */
  public static Pretrained open(Path folder, @Nullable DType dtype) {
    return open(folder, dtype, null);
  }

  /**
   * Opens a folder for a task of one's own.
   *
   * @param recast another head than the folder has; absent: its own
   */
  public static Pretrained open(Path folder, @Nullable DType dtype, @Nullable Recast recast) {
    Config config = config(folder, recast);
    Family family = Families.of(config);
    Family.Blueprint blueprint = family.read(config, architecture(config));
    config.finish();
    refusePickles(folder);
    Scope owner = Scope.shared();
    try (StoredTensors stored = stored(folder);
        Mode mode = Mode.noGradient()) {
      double deviation = recast == null ? 0 : deviation(config);
      RandomState.seed(1);
      FolderWeights weights = new FolderWeights(stored, blueprint.map(), dtype, owner, deviation);
      Architecture built = blueprint.builder().build(new Source(weights));
      Set<String> leftOut =
          weights.finish(
              folder.toString(),
              name -> name.matches(blueprint.tied()),
              name ->
                  name.matches(blueprint.leftOut()) || (recast != null && Recast.isTheirs(name)));
      return new Pretrained(folder, config, built, weights, leftOut, owner);
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /**
   * A model with fresh weights in float32.
   *
   * @param folder holds {@code config.json}; its tokenizer travels along
   * @param seed of the weights
   */
  public static Pretrained fresh(Path folder, long seed) {
    return fresh(folder, seed, null);
  }

  /**
   * A model with fresh weights for a task of one's own.
   *
   * @param recast another head than the configuration has; absent: its own
   */
  public static Pretrained fresh(Path folder, long seed, @Nullable Recast recast) {
    Config config = config(folder, recast);
    Family family = Families.of(config);
    Family.Blueprint blueprint = family.read(config, architecture(config));
    Family.Spread spread = family.spread(config);
    config.finish();
    Scope owner = Scope.shared();
    try (Mode mode = Mode.noGradient()) {
      RandomState.seed(seed);
      FreshWeights weights = new FreshWeights(blueprint.map(), owner, spread);
      Architecture built = blueprint.builder().build(new Source(weights));
      return new Pretrained(folder, config, built, weights, Set.of(), owner);
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  private static double deviation(Config config) {
    return config.number(config.has("init_std") ? "init_std" : "initializer_range", 0.02);
  }

  private static Config config(Path folder, @Nullable Recast recast) {
    Path file = folder.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new ModelException("folder.config", folder);
    }
    Config config = new Config(file);
    return recast == null ? config : config.as(recast);
  }

  private static String architecture(Config config) {
    List<String> names = config.texts("architectures");
    return names.isEmpty() ? "Model" : names.getFirst();
  }

  private static StoredTensors stored(Path folder) {
    return GgufWeights.isHere(folder) ? GgufWeights.open(folder) : ShardedSafetensors.open(folder);
  }

  private static void refusePickles(Path folder) {
    boolean safe =
        GgufWeights.isHere(folder)
            || Files.exists(folder.resolve("model.safetensors"))
            || Files.exists(folder.resolve("model.safetensors.index.json"));
    if (!safe) {
      boolean pickled =
          Files.exists(folder.resolve("pytorch_model.bin"))
              || Files.exists(folder.resolve("pytorch_model.bin.index.json"));
      throw new ModelException(pickled ? "folder.pickle" : "folder.weights", folder);
    }
  }

  /** The model itself. */
  public Architecture architecture() {
    return architecture;
  }

  /** Where it was opened. */
  public Path folder() {
    return folder;
  }

  /** The configuration as the folder has it. */
  public ObjectNode config() {
    return (ObjectNode) config.node().deepCopy();
  }

  /** The names of the classes, in order; empty where the folder names none. */
  public List<String> labels() {
    return config.labels();
  }

  /** Weights in the folder that this architecture has no use for, such as another head. */
  public Set<String> leftOut() {
    return leftOut;
  }

  /** The weights by our names, for training. */
  public Map<String, Tensor> weights() {
    return weights.ours();
  }

  /** The products by the names that a folder gives them. */
  Map<String, HeldWeights.Module> modules() {
    return weights.modules();
  }

  /** The weights with their names in a folder. */
  Map<String, HeldWeights.Taken> taken() {
    return weights.taken;
  }

  /** The weights of a module, by our names. */
  Map<String, HeldWeights.Taken> inModule(String module) {
    Map<String, HeldWeights.Taken> found = new LinkedHashMap<>();
    weights.taken.forEach(
        (name, one) -> {
          boolean inside =
              one.theirs().stream()
                  .allMatch(
                      theirs ->
                          theirs.name().startsWith(module + ".")
                              || theirs.name().contains("." + module + "."));
          if (inside) {
            found.put(name, one);
          }
        });
    return found;
  }

  /** The modules behind the last block, by the names that a folder gives them. */
  public Set<String> heads() {
    Set<String> all = new TreeSet<>();
    weights.taken.forEach(
        (name, one) -> {
          if (Recast.isHead(name)) {
            for (String part : one.theirs().getFirst().name().split("\\.")) {
              if (Recast.isTheirs(part + ".")) {
                all.add(part);
                break;
              }
            }
          }
        });
    return all;
  }

  /** The number of numbers. */
  public long parameterCount() {
    return weights().values().stream().mapToLong(Tensor::elements).sum();
  }

  /** One pass without gradients; results belong to the current scope. */
  public Map<String, Tensor> forward(Inputs inputs) {
    try (Mode mode = Mode.noGradient()) {
      return architecture.forward(inputs, Layer.Pass.INFERENCE);
    }
  }

  /**
   * Writes a folder that this and transformers open: configuration, weights, and the other small
   * files of the folder it came from (tokenizer, templates).
   */
  public void save(Path target) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Files.createDirectories(target);
      ShardedSafetensors.write(target, weights.theirs(), Map.of("format", "pt"), SHARD);
      ObjectNode written = config();
      for (Tensor any : weights.ours().values()) {
        if (any.dtype().isFloating()) {
          String name = any.dtype().toString().toLowerCase(java.util.Locale.ROOT);
          written.remove("torch_dtype");
          written.put("dtype", name);
          break;
        }
      }
      Json.write(target.resolve("config.json"), written);
      for (String name : Companions.NAMES) {
        Path from = folder.resolve(name);
        if (Files.isRegularFile(from) && !Files.exists(target.resolve(name))) {
          Files.createDirectories(target.resolve(name).getParent());
          Files.copy(from, target.resolve(name));
        }
      }
    } catch (IOException e) {
      throw io.millrace.ground.file.FileException.writing(target, e);
    }
  }

  /** Frees the weights. */
  @Override
  public void close() {
    owner.close();
  }
}
