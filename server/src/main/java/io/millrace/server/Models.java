package io.millrace.server;

import com.sun.management.OperatingSystemMXBean;
import io.millrace.ground.message.Nearest;
import io.millrace.serve.Deployment;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.MemoryNeed;
import io.millrace.serve.ServeException;
import io.millrace.serve.Traffic;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The deployments of one server, by name; they come and go while it runs. */
final class Models implements AutoCloseable {
  private static final Duration DRAIN =
      Duration.ofSeconds(Long.getLong("millrace.drain.seconds", 30));
  private static final Duration START = Duration.ofMinutes(10);

  private final Map<String, Deployment> deployments = new ConcurrentSkipListMap<>();
  private final Map<String, LanguageDeployment> languages = new ConcurrentSkipListMap<>();
  private final Map<String, String> aliases = new ConcurrentSkipListMap<>();

  /** Names of adapters and the models that they belong to. */
  private final Map<String, String> adapters = new ConcurrentSkipListMap<>();

  private final Map<String, Long> needs = new ConcurrentHashMap<>();
  private final long memory;
  private final ScheduledExecutorService idle =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("millrace-idle").factory());
  private final Traffic traffic = new Traffic();
  private volatile boolean draining;

  /**
   * No models yet.
   *
   * @param memory bytes that all of them may take together; 0: most of the machine's
   */
  Models(long memory) {
    this.memory = memory > 0 ? memory : machine() / 100 * 85;
    idle.scheduleAtFixedRate(
        () -> languages.values().forEach(LanguageDeployment::sleepIfIdle), 1, 1, TimeUnit.SECONDS);
  }

  private static long machine() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }

  /** Adds a model of a new name; {@link #awaitReady} waits for it. */
  void add(String name, Path folder, LanguageDeployment.Options options) {
    reserve(name, folder, options);
    if (LanguageDeployment.fits(folder)) {
      languages.put(name, LanguageDeployment.start(name, folder, options));
      adapt(name, options.adapters().keySet());
    } else {
      deployments.put(name, Deployment.start(name, folder));
    }
  }

  /** Takes memory and says how much, or refuses what does not fit. */
  private long reserve(String name, Path folder, LanguageDeployment.Options options) {
    if (!Files.isDirectory(folder) && !LanguageDeployment.fits(folder)) {
      throw new ServerException(400, "model.folder", folder);
    }
    checkNames(name, options.adapters().keySet());
    if (!options.adapters().isEmpty() && !LanguageDeployment.fits(folder)) {
      throw new ServerException(400, "adapter.model", name);
    }
    long need = MemoryNeed.of(folder, options);
    synchronized (needs) {
      // What is replaced runs on until the new one answers: both count.
      long taken = needs.values().stream().mapToLong(Long::longValue).sum();
      if (taken + need > memory) {
        throw new ServerException(
            507, "model.memory", name, need >> 20, (memory - taken) >> 20, memory >> 20);
      }
      needs.merge(name, need, Long::sum);
    }
    return need;
  }

  /** A model and its adapters are asked for by names that nothing else has. */
  private void checkNames(String name, Set<String> own) {
    if (aliases.containsKey(name)) {
      throw new ServerException(400, "model.alias", name, aliases.get(name));
    }
    if (adapters.containsKey(name)) {
      throw new ServerException(400, "adapter.taken", name);
    }
    for (String adapter : own) {
      boolean elsewhere = !name.equals(adapters.getOrDefault(adapter, name));
      if (elsewhere
          || adapter.equals(name)
          || aliases.containsKey(adapter)
          || names().contains(adapter)) {
        throw new ServerException(400, "adapter.taken", adapter);
      }
    }
  }

  private void adapt(String model, Set<String> own) {
    own.forEach(adapter -> adapters.put(adapter, model));
    for (String adapter : List.copyOf(adapters.keySet())) {
      if (model.equals(adapters.get(adapter)) && !own.contains(adapter)) {
        adapters.remove(adapter);
        aliases.values().removeIf(adapter::equals);
      }
    }
  }

  private void release(String name, long need) {
    needs.computeIfPresent(name, (key, all) -> all <= need ? null : Long.valueOf(all - need));
  }

  /**
   * Loads a model, or puts another in the place of one: the old one answers until the new one does,
   * and then what it has begun.
   *
   * @throws ServeException if it cannot start; then nothing has changed
   */
  void load(String name, Path folder, LanguageDeployment.Options options) {
    long need = reserve(name, folder, options);
    LanguageDeployment oldText;
    Deployment oldPackage;
    try {
      if (LanguageDeployment.fits(folder)) {
        LanguageDeployment model = LanguageDeployment.start(name, folder, options);
        ready(() -> model.awaitReady(START), model);
        oldText = languages.put(name, model);
        adapt(name, options.adapters().keySet());
        oldPackage = deployments.remove(name);
      } else {
        Deployment model = Deployment.start(name, folder);
        ready(() -> model.awaitReady(START), model);
        oldPackage = deployments.put(name, model);
        oldText = languages.remove(name);
        adapt(name, Set.of());
      }
    } catch (RuntimeException e) {
      release(name, need);
      throw e;
    }
    if (oldText != null || oldPackage != null) {
      Thread.ofVirtual()
          .start(
              () -> {
                retire(oldText, oldPackage);
                needs.put(name, need);
              });
    }
  }

  private static void ready(Runnable wait, AutoCloseable model) {
    try {
      wait.run();
    } catch (RuntimeException e) {
      try {
        model.close();
      } catch (Exception more) {
        e.addSuppressed(more);
      }
      throw e;
    }
  }

  private static void retire(@Nullable LanguageDeployment text, @Nullable Deployment deployment) {
    if (text != null) {
      text.awaitQuiet(DRAIN);
      text.close();
    }
    if (deployment != null) {
      deployment.awaitQuiet(DRAIN);
      deployment.close();
    }
  }

  /** Unloads a model once what it has begun is done. */
  void unload(String name) {
    LanguageDeployment text = languages.remove(name);
    Deployment deployment = deployments.remove(name);
    if (text == null && deployment == null) {
      throw unknown(name, names());
    }
    aliases.values().removeIf(name::equals);
    adapt(name, Set.of());
    retire(text, deployment);
    needs.remove(name);
  }

  /** A further name for a model; {@code model} may change while it is used. */
  void alias(String alias, String model) {
    if (names().contains(alias) || adapters.containsKey(alias)) {
      throw new ServerException(400, "alias.taken", alias);
    }
    if (!names().contains(model) && !adapters.containsKey(model)) {
      throw unknown(model, names());
    }
    aliases.put(alias, model);
  }

  /** Takes a further name away. */
  void unalias(String alias) {
    if (aliases.remove(alias) == null) {
      throw unknown(alias, aliases.keySet());
    }
  }

  /** Further names and what they stand for. */
  Map<String, String> aliases() {
    return new LinkedHashMap<>(aliases);
  }

  private Set<String> names() {
    Set<String> names = new TreeSet<>(deployments.keySet());
    names.addAll(languages.keySet());
    return names;
  }

  private static ServerException unknown(String name, Set<String> known) {
    return new ServerException(404, "model.unknown", name, Nearest.of(name, known), known);
  }

  /** Bytes that a model takes by its files. */
  long need(String name) {
    return needs.getOrDefault(name, 0L);
  }

  /** Bytes that all may take together. */
  long memory() {
    return memory;
  }

  /** Names of adapters and the models that they belong to. */
  Map<String, String> adapters() {
    return new LinkedHashMap<>(adapters);
  }

  /** The adapter of this name; absent where it is a model's. */
  @Nullable String adapter(String name) {
    String meant = aliases.getOrDefault(name, name);
    return adapters.containsKey(meant) ? meant : null;
  }

  /** Whether a language model, or an adapter on one, has this name. */
  boolean isLanguage(String name) {
    String meant = aliases.getOrDefault(name, name);
    return languages.containsKey(adapters.getOrDefault(meant, meant));
  }

  /** The language model of this name, or that an adapter of this name belongs to. */
  LanguageDeployment language(String name) {
    String meant = aliases.getOrDefault(name, name);
    LanguageDeployment model = languages.get(adapters.getOrDefault(meant, meant));
    if (model == null) {
      Set<String> known = new TreeSet<>(languages.keySet());
      known.addAll(adapters.keySet());
      known.addAll(aliases.keySet());
      throw unknown(name, known);
    }
    return model;
  }

  /** All language models. */
  List<LanguageDeployment> languages() {
    return List.copyOf(languages.values());
  }

  /** Whether every model answers, and none is about to go. */
  boolean areReady() {
    return !draining
        && deployments.values().stream().allMatch(Deployment::isReady)
        && languages.values().stream().allMatch(LanguageDeployment::isReady);
  }

  /** Waits until every model answers. */
  void awaitReady(Duration most) {
    deployments.values().forEach(model -> model.awaitReady(most));
    languages.values().forEach(model -> model.awaitReady(most));
  }

  Deployment get(String name) {
    Deployment deployment = deployments.get(aliases.getOrDefault(name, name));
    if (deployment == null) {
      throw unknown(name, deployments.keySet());
    }
    return deployment;
  }

  Collection<Deployment> all() {
    return deployments.values();
  }

  /** Whether the server ends as soon as what it has begun is done. */
  boolean isDraining() {
    return draining;
  }

  /** Takes no new requests, and waits for those on their way. */
  void drain() {
    draining = true;
    traffic.awaitQuiet(DRAIN);
  }

  /** Requests whose answers are not wholly sent. */
  Traffic traffic() {
    return traffic;
  }

  @Override
  public void close() {
    idle.shutdown();
    deployments.values().forEach(Deployment::close);
    languages.values().forEach(LanguageDeployment::close);
  }
}
