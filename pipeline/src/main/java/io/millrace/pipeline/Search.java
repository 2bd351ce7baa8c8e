package io.millrace.pipeline;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.Hashes;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.pipeline.spec.SearchSpec;
import io.millrace.train.Direction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Tries settings, each in a process of its own, and keeps what came out by its settings. */
final class Search {
  /**
   * One trial.
   *
   * @param settings what was set, as {@code --set} takes it
   * @param score the metric's best value
   */
  record Trial(List<String> settings, double score) {}

  private final RunSpec spec;
  private final SearchSpec search;
  private final Path base;
  private final Path folder;
  private final Path file;
  private final Consumer<String> told;

  private Search(RunSpec spec, SearchSpec search, Path base, Home home, Consumer<String> told) {
    this.spec = spec.withoutSearch();
    this.search = search;
    this.base = base;
    this.told = told;
    String text = SpecWriter.yaml(this.spec);
    this.folder =
        home.folder().resolve("searches").resolve(Hashes.of(text + base).substring(0, 16));
    this.file = folder.resolve("spec.yaml");
    AtomicFile.write(file, text);
  }

  /** The spec with the best settings, and all trials, the best first. */
  static Result run(RunSpec spec, SearchSpec search, Path base, Home home, Consumer<String> told) {
    Search one = new Search(spec, search, base, home, told);
    List<Trial> trials = one.trials();
    Trial best = trials.getFirst();
    List<String> settings = new ArrayList<>(best.settings());
    settings.removeIf(setting -> setting.startsWith("train.epochs=") && one.isHalving());
    return new Result(RunSpec.read(one.file, settings), trials);
  }

  /** What a search came to. */
  record Result(RunSpec spec, List<Trial> trials) {}

  private boolean isHalving() {
    return search.method() instanceof SearchSpec.Method.Halving;
  }

  private List<Trial> trials() {
    return switch (search.method()) {
      case SearchSpec.Method.Grid grid -> all(combinations());
      case SearchSpec.Method.Random(int count, long seed) -> all(draws(count, seed));
      case SearchSpec.Method.Halving(int count, int factor, int epochs, long seed) ->
          halve(draws(count, seed), factor, epochs);
    };
  }

  private List<Trial> halve(List<List<String>> settings, int factor, int firstEpochs) {
    List<List<String>> left = settings;
    int epochs = Math.min(firstEpochs, spec.train().epochs());
    while (true) {
      List<List<String>> timed = new ArrayList<>();
      for (List<String> one : left) {
        List<String> with = new ArrayList<>(one);
        with.add("train.epochs=" + epochs);
        timed.add(with);
      }
      List<Trial> judged = all(timed);
      if (epochs >= spec.train().epochs()) {
        return judged;
      }
      epochs = (int) Math.min(spec.train().epochs(), (long) epochs * factor);
      int keep = Math.max(1, (judged.size() + factor - 1) / factor);
      left =
          judged.subList(0, keep).stream()
              .map(trial -> trial.settings().subList(0, trial.settings().size() - 1))
              .toList();
    }
  }

  private List<List<String>> combinations() {
    List<List<String>> all = List.of(List.of());
    for (Map.Entry<String, SearchSpec.Values> key : search.over().entrySet()) {
      if (key.getValue().of().isEmpty()) {
        throw new PipelineException("search.grid", key.getKey());
      }
      List<List<String>> longer = new ArrayList<>();
      for (List<String> before : all) {
        for (String value : key.getValue().of()) {
          List<String> with = new ArrayList<>(before);
          with.add(key.getKey() + "=" + value);
          longer.add(with);
        }
      }
      all = longer;
    }
    return all;
  }

  private List<List<String>> draws(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<List<String>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> one = new ArrayList<>();
      search.over().forEach((key, values) -> one.add(key + "=" + draw(values, random)));
      if (!all.contains(one)) {
        all.add(one);
      }
    }
    return all;
  }

  private static String draw(SearchSpec.Values values, SplittableRandom random) {
    Double from = values.from();
    Double to = values.to();
    if (from == null || to == null) {
      return values.of().get(random.nextInt(values.of().size()));
    }
    double share = random.nextDouble();
    double value =
        values.log()
            ? Math.exp(Math.log(from) + share * (Math.log(to) - Math.log(from)))
            : from + share * (to - from);
    return values.whole()
        ? String.valueOf(Math.round(value))
        : String.format(java.util.Locale.ROOT, "%.6g", value);
  }

  /** Runs trials, some at a time; the best first, equals in the order of asking. */
  private List<Trial> all(List<List<String>> settings) {
    // A mistake in a key is found before anything is started.
    settings.forEach(one -> RunSpec.read(file, one));
    ExecutorService pool =
        Executors.newFixedThreadPool(
            search.parallel(), Thread.ofPlatform().daemon().name("millrace-trial-", 0).factory());
    try {
      List<Future<Trial>> running = new ArrayList<>();
      for (List<String> one : settings) {
        running.add(pool.submit(() -> trial(one)));
      }
      List<Trial> done = new ArrayList<>();
      for (Future<Trial> one : running) {
        done.add(one.get());
        Trial trial = done.getLast();
        told.accept(
            done.size()
                + "/"
                + settings.size()
                + "  "
                + search.metric()
                + " "
                + String.format(java.util.Locale.ROOT, "%.5f", trial.score())
                + "  "
                + String.join("  ", trial.settings()));
      }
      Comparator<Trial> order = Comparator.comparingDouble(Trial::score);
      done.sort(Direction.isFalling(search.metric()) ? order : order.reversed());
      return done;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PipelineException("search.interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private int threads() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / search.parallel());
  }

  private Trial trial(List<String> settings) {
    Path kept = folder.resolve(Hashes.of(settings + search.metric()).substring(0, 16) + ".json");
    if (Files.exists(kept)) {
      return Json.read(kept, Trial.class);
    }
    Map<String, Double> values =
        new LinkedHashMap<>(TrialProcess.run(file, base, settings, threads()));
    Double score = values.get(search.metric());
    if (score == null) {
      throw new PipelineException("search.metric", search.metric(), values.keySet());
    }
    // A trial that diverged is the worst of all, not the end of the search.
    double worst =
        Direction.isFalling(search.metric()) ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    Trial trial = new Trial(settings, Double.isNaN(score) ? worst : score);
    if (Double.isFinite(trial.score())) {
      Json.write(kept, trial);
    }
    return trial;
  }
}
