package io.millrace.model.folder;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.model.transformer.Changes;
import io.millrace.model.transformer.LowRank;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.RandomState;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.tensor.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A LoRA adapter on a model, in PEFT's folder layout both ways.
 *
 * <pre>{@code
 * try (Pretrained model = Pretrained.open(base);
 *     Adapter adapter = Adapter.open(Path.of("my-adapter"), model)) {
 *   model.forward(inputs); // with the adapter
 * }
 * }</pre>
 *
 * <p>The model computes with the adapter until it is closed.
 */
public final class Adapter implements AutoCloseable {
  private static final String PREFIX = "base_model.model.";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String CONFIG = "adapter_config.json";

  private record Part(
      HeldWeights.Module module,
      Tensor a,
      Tensor b,
      @Nullable Tensor magnitude,
      double alpha,
      LowRank change) {}

  private final Pretrained base;
  private final LoraSpec spec;
  private final JsonNode config;
  private final Scope owner = Scope.shared();
  private final Map<String, Part> parts = new TreeMap<>();
  private final Map<String, HeldWeights.Taken> whole = new LinkedHashMap<>();
  private final Map<String, Tensor> before = new LinkedHashMap<>();
  private boolean merged;

  private Adapter(Pretrained base, LoraSpec spec, JsonNode config) {
    this.base = base;
    this.spec = spec;
    this.config = config;
  }

  /**
   * A new adapter that changes nothing yet.
   *
   * @param seed of its first matrices
   * @throws ModelException if nothing in the model has one of the names
   */
  public static Adapter fresh(Pretrained base, LoraSpec spec, long seed) {
    Adapter adapter = new Adapter(base, spec, Json.object());
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      RandomState.seed(seed);
      for (HeldWeights.Module module : base.modules().values()) {
        if (spec.aims(module.name())) {
          long in = module.projection().weight().size(1);
          double bound = 1 / Math.sqrt(in);
          Tensor a = Tensors.uniform(-bound, bound, spec.rank(), in);
          Tensor b = Tensors.zeros(DType.FLOAT32, module.rows(), spec.rank());
          Tensor magnitude =
              spec.magnitudes() ? module.projection().lengths(module.row(), module.rows()) : null;
          adapter.add(module, a, b, magnitude, spec.alpha());
        }
      }
      if (adapter.parts.isEmpty()) {
        throw new ModelException("adapter.targets", spec.targets(), base.modules().keySet());
      }
      for (String name : spec.save()) {
        adapter.keepWhole(name);
      }
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  /** The adapter's own folder: a training's output holds it beside reports. */
  public static Path in(Path folder) {
    Path inside = folder.resolve("adapter");
    boolean outer = !Files.exists(folder.resolve(CONFIG)) && Files.exists(inside.resolve(CONFIG));
    return outer ? inside : folder;
  }

  /**
   * Opens an adapter that PEFT or this wrote.
   *
   * @param given its folder, or the output folder of its training
   * @throws ModelException if it was made for another model, or has an option that is not known
   */
  public static Adapter open(Path given, Pretrained base) {
    Path folder = in(given);
    Path file = folder.resolve(CONFIG);
    if (!Files.isRegularFile(file) || !Files.isRegularFile(folder.resolve(WEIGHTS))) {
      throw new ModelException("adapter.none", folder);
    }
    JsonNode config = Json.read(file);
    Adapter adapter = new Adapter(base, LoraSpec.read(config, file.toString()), config);
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient();
        SafetensorsFile stored = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      adapter.read(stored, folder);
      return adapter;
    } catch (RuntimeException e) {
      adapter.close();
      throw e;
    }
  }

  private void read(SafetensorsFile stored, Path folder) {
    Map<String, Double> alphas = LoraSpec.alphas(config, base.modules().keySet());
    for (String name : stored.names()) {
      String own = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
      if (own.endsWith(".lora_A.weight")) {
        String module = own.substring(0, own.length() - ".lora_A.weight".length());
        part(stored, folder, name, module, alphas);
      } else if (!own.contains(".lora_")) {
        wholeWeight(stored.tensor(name), own, folder);
      } else if (!own.matches(".*\\.(lora_B\\.weight|lora_magnitude_vector(\\.weight)?)")) {
        throw new ModelException("adapter.weight", folder, name);
      }
    }
    if (parts.isEmpty()) {
      throw new ModelException("adapter.none", folder);
    }
  }

  private void part(
      SafetensorsFile stored,
      Path folder,
      String name,
      String moduleName,
      Map<String, Double> alphas) {
    HeldWeights.Module module = base.modules().get(moduleName);
    String second = name.replace(".lora_A.", ".lora_B.");
    if (module == null || !stored.names().contains(second)) {
      throw new ModelException("adapter.base", folder, moduleName, base.folder());
    }
    Tensor a = stored.tensor(name).to(DType.FLOAT32);
    Tensor b = stored.tensor(second).to(DType.FLOAT32);
    long in = module.projection().weight().size(1);
    boolean fits =
        a.rank() == 2
            && b.rank() == 2
            && a.size(1) == in
            && b.size(0) == module.rows()
            && a.size(0) == b.size(1);
    if (!fits) {
      throw new ModelException(
          "adapter.shape", folder, moduleName, a.shape(), b.shape(), module.rows() + "×" + in);
    }
    String third = name.replace(".lora_A.weight", ".lora_magnitude_vector");
    Tensor magnitude = null;
    if (spec.magnitudes()) {
      String found = stored.names().contains(third) ? third : third + ".weight";
      magnitude = stored.tensor(found).to(DType.FLOAT32);
    }
    add(module, a, b, magnitude, alphas.getOrDefault(moduleName, spec.alpha()));
  }

  private void add(
      HeldWeights.Module module, Tensor a, Tensor b, @Nullable Tensor magnitude, double alpha) {
    Tensor first = owner.adopt(a.contiguous());
    Tensor second = owner.adopt(b.contiguous());
    Tensor third = magnitude == null ? null : owner.adopt(magnitude.contiguous());
    double scale = spec.scale((int) first.size(0), alpha);
    LowRank change = new LowRank(module.row(), first, second, scale, third, spec.dropout());
    module.projection().attach(change);
    parts.put(module.name(), new Part(module, first, second, third, alpha, change));
  }

  /** Marks a module as trained whole; its present weights come back when this is closed. */
  private void keepWhole(String module) {
    Map<String, HeldWeights.Taken> found = base.inModule(module);
    if (found.isEmpty()) {
      throw new ModelException("adapter.save", module);
    }
    found.forEach(this::keepWhole);
  }

  private void keepWhole(String name, HeldWeights.Taken taken) {
    whole.put(name, taken);
    before.put(name, owner.adopt(taken.tensor().copy()));
  }

  private void wholeWeight(Tensor value, String theirs, Path folder) {
    String plain = theirs.replaceFirst("\\.modules_to_save\\.[^.]+", "");
    for (Map.Entry<String, HeldWeights.Taken> entry : base.taken().entrySet()) {
      HeldWeights.Taken taken = entry.getValue();
      boolean same = taken.theirs().size() == 1 && taken.theirs().getFirst().name().equals(plain);
      if (same && taken.tensor().shape().equals(value.shape())) {
        keepWhole(entry.getKey(), taken);
        taken.tensor().copyInPlace(value);
        return;
      }
    }
    throw new ModelException("adapter.base", folder, plain, base.folder());
  }

  /**
   * Takes the adapter from the model, for passes in which some texts are computed with it and
   * others are not.
   *
   * @throws ModelException if it brings whole weights, or changes the head or another part outside
   *     the blocks: then there is no such pass
   */
  public Changes apart(Stack stack) {
    if (!whole.isEmpty()) {
      throw new ModelException("adapter.apart", whole.keySet().iterator().next());
    }
    Set<Projection> inside = Collections.newSetFromMap(new IdentityHashMap<>());
    inside.addAll(stack.projections());
    Map<Projection, List<LowRank>> all = new IdentityHashMap<>();
    unmerge();
    for (Part part : parts.values()) {
      Projection projection = part.module.projection();
      if (!inside.contains(projection)) {
        throw new ModelException("adapter.apart", part.module.name());
      }
      projection.detach(part.change);
      LowRank change = part.change.apart(projection.weight(), owner);
      all.computeIfAbsent(projection, any -> new ArrayList<>()).add(change);
    }
    return new Changes(all);
  }

  /** What it is made of. */
  public LoraSpec spec() {
    return spec;
  }

  /** The names of the products that change. */
  public Set<String> modules() {
    return parts.keySet();
  }

  /** What training changes, by name. */
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (Part part : parts.values()) {
      all.put(part.module.name() + ".lora_A", part.a);
      all.put(part.module.name() + ".lora_B", part.b);
      if (part.magnitude != null) {
        all.put(part.module.name() + ".lora_magnitude", part.magnitude);
      }
    }
    whole.forEach((name, taken) -> all.put(name, taken.tensor()));
    return all;
  }

  /** Whether inputs are dropped, as in training. */
  public void drops(boolean now) {
    parts.values().forEach(part -> part.change.drops(now));
  }

  /** Makes the changes part of the model's weights: the same answers, no more work. */
  public void merge() {
    if (!merged) {
      try (Scope scope = Scope.open()) {
        for (Part part : parts.values()) {
          if (part.magnitude != null) {
            String name = part.module.name();
            before.putIfAbsent(name, owner.adopt(rows(part.module).copy()));
          }
          part.module.projection().merge(part.change);
        }
      }
      merged = true;
    }
  }

  /** Takes merged changes out of the weights again. */
  public void unmerge() {
    if (merged) {
      try (Scope scope = Scope.open();
          Mode mode = Mode.noGradient()) {
        for (Part part : parts.values()) {
          Tensor old = part.magnitude == null ? null : before.get(part.module.name());
          if (old == null) {
            part.module.projection().unmerge(part.change);
          } else {
            rows(part.module).copyInPlace(old);
            part.module.projection().attach(part.change);
          }
        }
      }
      merged = false;
    }
  }

  private static Tensor rows(HeldWeights.Module module) {
    return module.projection().weight().narrow(0, module.row(), module.rows());
  }

  /** Writes a folder that PEFT opens. */
  public void save(Path folder) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      Files.createDirectories(folder);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Part part : parts.values()) {
        String name = PREFIX + part.module.name();
        tensors.put(name + ".lora_A.weight", part.a.detach());
        tensors.put(name + ".lora_B.weight", part.b.detach());
        if (part.magnitude != null) {
          tensors.put(name + ".lora_magnitude_vector", part.magnitude.detach());
        }
      }
      whole.forEach(
          (name, taken) ->
              tensors.put(
                  PREFIX + taken.theirs().getFirst().name(), taken.tensor().detach().contiguous()));
      SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
      boolean transposed = parts.values().stream().allMatch(part -> part.module.transposed());
      String architecture = base.config().path("architectures").path(0).asString("");
      String task =
          architecture.contains("SequenceClassification")
              ? "SEQ_CLS"
              : architecture.contains("TokenClassification")
                  ? "TOKEN_CLS"
                  : architecture.contains("ConditionalGeneration")
                      ? "SEQ_2_SEQ_LM"
                      : architecture.contains("QuestionAnswering") ? "QUESTION_ANS" : "CAUSAL_LM";
      ObjectNode written = spec.json(parts.keySet(), transposed, task);
      ObjectNode ranks = written.putObject("rank_pattern");
      ObjectNode alphas = written.putObject("alpha_pattern");
      parts.forEach(
          (name, part) -> {
            if (part.a.size(0) != spec.rank()) {
              ranks.put(name, part.a.size(0));
            }
            if (part.alpha != spec.alpha()) {
              alphas.put(name, part.alpha);
            }
          });
      Json.write(folder.resolve(CONFIG), written);
    } catch (IOException e) {
      throw io.millrace.ground.file.FileException.writing(folder, e);
    }
  }

  /** Takes the adapter from the model, which is then as it was. */
  @Override
  public void close() {
    unmerge();
    for (Part part : parts.values()) {
      part.module.projection().detach(part.change);
    }
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      whole.forEach(
          (name, taken) -> {
            Tensor old = before.get(name);
            if (old != null) {
              taken.tensor().copyInPlace(old);
            }
          });
    }
    owner.close();
  }
}
