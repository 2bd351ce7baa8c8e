package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.Targets;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.text.Vocabulary;
import io.millrace.evaluate.Evaluation;
import io.millrace.evaluate.Evaluator;
import io.millrace.evaluate.report.Report;
import io.millrace.evaluate.text.TextSampler;
import io.millrace.ground.file.Hashes;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.Provenance;
import io.millrace.model.layer.Activation;
import io.millrace.pipeline.spec.FoldSpec;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.pipeline.spec.SearchSpec;
import io.millrace.train.Memory;
import io.millrace.train.Profile;
import io.millrace.train.RateFinder;
import io.millrace.train.Stop;
import io.millrace.train.Trainer;
import io.millrace.train.TrainingListener;
import io.millrace.train.TrainingResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Executes a run spec: data → prepare → train → evaluate → package. A run whose spec, data and code
 * are known is not done again.
 *
 * <pre>{@code
 * RunResult result = new RunJob(RunSpec.read(Path.of("run.yaml"), List.of()), Path.of("."), Home.ofEnvironment()).execute();
 * }</pre>
 */
public final class RunJob {
  /** The stages, in order. */
  public static final List<String> STAGES =
      List.of("data", "prepare", "train", "evaluate", "package");

  private static final int SAMPLE_PROMPT = 16;
  private static final int SAMPLE_LENGTH = 400;
  private static final double SAMPLE_TEMPERATURE = 0.7;

  private final RunSpec spec;
  private final Path base;
  private final Home home;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Consumer<String> stageTold = stage -> {};
  private Consumer<String> trialTold = trial -> {};
  private boolean resume;
  private Stop stop = new Stop();
  private Consumer<Memory> memoryTold = memory -> {};

  /**
   * A job.
   *
   * @param base the folder that the spec's paths start from
   */
  public RunJob(RunSpec spec, Path base, Home home) {
    this.spec = spec;
    this.base = base;
    this.home = home;
  }

  /** Who is told how training goes. */
  public RunJob listeners(TrainingListener... told) {
    listeners.addAll(List.of(told));
    return this;
  }

  /** Is told each stage when it begins. */
  public RunJob onStage(Consumer<String> told) {
    stageTold = told;
    return this;
  }

  /** Continues an interrupted training from its last checkpoint, if there is one. */
  public RunJob resuming() {
    resume = true;
    return this;
  }

  /** Lets another thread end the training, with a checkpoint. */
  public RunJob stopOn(Stop chosen) {
    stop = chosen;
    return this;
  }

  /** Is told each finished trial of a search, in one line. */
  public RunJob onTrial(Consumer<String> told) {
    trialTold = told;
    return this;
  }

  /** Is told, before training, how much memory it will take. */
  public RunJob onMemory(Consumer<Memory> told) {
    memoryTold = told;
    return this;
  }

  /** Reads and checks the data and fits the preparation, without training. */
  public String check() {
    Loaded loaded = Loaded.read(spec, base);
    Loaded.Prepared prepared = loaded.prepare(spec.prepare());
    trainer(prepared.train()).check(prepared.train());
    return prepared.train().count() + " + " + prepared.test().count();
  }

  /** Measures where a training step's time and memory go, without keeping what was learned. */
  public Profile profile(int steps) {
    Dataset data = learned();
    return Profile.of(trainer(data), data, steps);
  }

  /** Searches for a good step length, without keeping what was learned. */
  public RateFinder.Curve findRate(double from, double to, int steps) {
    Dataset data = learned();
    return RateFinder.search(trainer(data), data, from, to, steps);
  }

  /** The training rows as training sees them. */
  private Dataset learned() {
    Dataset data = Loaded.read(spec, base).prepare(spec.prepare()).train();
    return spec.data().scaleTarget() ? TargetScale.of(data).apply(data) : data;
  }

  /**
   * Runs.
   *
   * @throws io.millrace.ground.message.Problem if spec, data or training fail; nothing that was
   *     there is lost
   */
  public RunResult execute() {
    SearchSpec search = spec.search();
    if (search == null) {
      return run();
    }
    stageTold.accept("search");
    Search.Result found = Search.run(spec, search, base, home, trialTold);
    RunJob best = new RunJob(found.spec(), base, home);
    best.listeners.addAll(listeners);
    best.stageTold = stageTold;
    best.memoryTold = memoryTold;
    best.stop = stop;
    best.resume = resume;
    RunResult result = best.run();
    return result.withSettings(found.trials().getFirst().settings());
  }

  private RunResult run() {
    long start = System.nanoTime();
    stageTold.accept("data");
    Loaded loaded = Loaded.read(spec, base);
    Map<String, String> data = new TreeMap<>(loaded.hashes());
    String id = Hashes.of(Json.text(SpecWriter.tree(spec)) + data + Version.TEXT).substring(0, 16);
    Path known = home.run(id).resolve("result.json");
    Path model = home.model(spec.name());
    if (Files.exists(known) && isOf(model, id)) {
      RunResult before = Json.read(known, RunResult.class);
      return new RunResult(
          id,
          stages("cached"),
          before.metrics(),
          model.toString(),
          before.report(),
          seconds(start));
    }
    stageTold.accept("prepare");
    Loaded.Prepared prepared = loaded.prepare(spec.prepare());
    Map<String, Double> folds = crossValidate(loaded);
    stageTold.accept("train");
    Path checkpoint = home.run(id).resolve(Interrupted.CHECKPOINT);
    if (resume && !Files.exists(checkpoint)) {
      Interrupted.refuseOthers(home, spec);
    }
    Interrupted.remember(home.run(id), spec);
    try (TrainingResult trained = scaled(prepared.train(), learned -> train(learned, checkpoint))) {
      stageTold.accept("evaluate");
      float[][] outputs = trained.predict(prepared.test().inputs());
      Evaluation evaluation = evaluate(trained, prepared.test(), outputs);
      stageTold.accept("package");
      Provenance provenance = Papers.provenance(spec, id, data, evaluation);
      Papers.model(spec, trained.network().description(), prepared, evaluation, provenance)
          .write(model, trained.network());
      Path report = home.run(id).resolve("report.html");
      new Report(
              spec.name(),
              trained.network().summary(),
              trained.network().picture(),
              trained.history(),
              evaluation,
              sample(trained, prepared),
              Examples.of(trained.network(), prepared.test(), outputs, spec.evaluate().examples()),
              provenance)
          .write(report);
      Map<String, Double> all = new LinkedHashMap<>(evaluation.metrics());
      all.putAll(folds);
      RunResult result =
          new RunResult(
              id, stages("ran"), all, model.toString(), report.toString(), seconds(start));
      Json.write(known, result);
      deleteIfThere(checkpoint);
      return result;
    }
  }

  private Map<String, Double> crossValidate(Loaded loaded) {
    FoldSpec folds = spec.crossValidate();
    if (folds == null) {
      return Map.of();
    }
    stageTold.accept("folds");
    return CrossValidation.figures(
        loaded.folds(folds, spec.prepare()),
        fold -> scaled(fold.train(), data -> trainer(data).fit(data)),
        (trained, fold) -> evaluate(trained, fold.test(), trained.predict(fold.test().inputs())));
  }

  /** Trains at the targets' own scale or at another; the result speaks in their unit. */
  private TrainingResult scaled(Dataset data, Function<Dataset, TrainingResult> train) {
    if (!spec.data().scaleTarget()) {
      return train.apply(data);
    }
    TargetScale scale = TargetScale.of(data);
    return scale.restore(train.apply(scale.apply(data)));
  }

  /** A short text of a language model. */
  private static @Nullable String sample(TrainingResult trained, Loaded.Prepared prepared) {
    if (!(prepared.preparation() instanceof Preparation.OfTokens tokens)) {
      return null;
    }
    Vocabulary vocabulary = tokens.vocabulary();
    float[] first = new float[tokens.length()];
    prepared.test().inputs().copy(0, first, 0);
    int[] prompt = new int[Math.min(SAMPLE_PROMPT, first.length)];
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = (int) first[i];
    }
    return new TextSampler(trained.network(), vocabulary)
        .write(vocabulary.decode(prompt), SAMPLE_LENGTH, SAMPLE_TEMPERATURE, 1);
  }

  private static Evaluation evaluate(TrainingResult trained, Dataset test, float[][] outputs) {
    boolean labels =
        trained.network().lastActivation() == Activation.SIGMOID
            && test.targets() instanceof Targets.Numbers;
    return labels
        ? Evaluator.labels((Targets.Numbers) test.targets(), outputs)
        : Evaluator.evaluate(test, outputs);
  }

  private TrainingResult train(Dataset data, Path checkpoint) {
    Trainer trainer =
        trainer(data)
            .stopOn(stop)
            .onMemory(memoryTold)
            .listeners(TrainJob.checkpoints(spec.train(), checkpoint))
            .listeners(listeners.toArray(new TrainingListener[0]));
    if (resume && Files.exists(checkpoint)) {
      trainer.resume(checkpoint);
    }
    return trainer.fit(data);
  }

  private Trainer trainer(Dataset data) {
    return TrainJob.trainer(spec.model().model(), spec.train(), spec.seed(), data, base);
  }

  private static boolean isOf(Path model, String id) {
    Path provenance = model.resolve("provenance.json");
    return Files.exists(provenance)
        && Json.read(provenance).path("parameters").path("run").asString("").equals(id);
  }

  private static Map<String, String> stages(String how) {
    Map<String, String> stages = new LinkedHashMap<>();
    STAGES.forEach(stage -> stages.put(stage, stage.equals("data") ? "ran" : how));
    return stages;
  }

  private static double seconds(long start) {
    return Math.round((System.nanoTime() - start) / 1e7) / 100.0;
  }

  private static void deleteIfThere(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A finished run's checkpoint is only a left-over.
    }
  }
}
