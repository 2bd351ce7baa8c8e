package io.millrace.pipeline;

import io.millrace.evaluate.Evaluation;
import io.millrace.evaluate.Evaluator;
import io.millrace.evaluate.report.Report;
import io.millrace.ground.file.Hashes;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.Provenance;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.train.Memory;
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

  private final RunSpec spec;
  private final Path base;
  private final Home home;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Consumer<String> stageTold = stage -> {};
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

  /** Is told, before training, how much memory it will take. */
  public RunJob onMemory(Consumer<Memory> told) {
    memoryTold = told;
    return this;
  }

  /** Reads and checks the data and fits the preparation, without training. */
  public String check() {
    Loaded loaded = Loaded.read(spec, base);
    Loaded.Prepared prepared = loaded.prepare(spec.prepare());
    trainer(prepared).check(prepared.train());
    return prepared.train().count() + " + " + prepared.test().count();
  }

  /**
   * Runs.
   *
   * @throws io.millrace.ground.message.Problem if spec, data or training fail; nothing that was
   *     there is lost
   */
  public RunResult execute() {
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
    stageTold.accept("train");
    Path checkpoint = home.run(id).resolve("checkpoint.safetensors");
    try (TrainingResult trained = train(prepared, checkpoint)) {
      stageTold.accept("evaluate");
      float[][] outputs = trained.predict(prepared.test().inputs());
      Evaluation evaluation = Evaluator.evaluate(prepared.test(), outputs);
      stageTold.accept("package");
      Provenance provenance = Papers.provenance(spec, id, data, evaluation);
      Papers.model(spec, prepared, evaluation, provenance).write(model, trained.network());
      Path report = home.run(id).resolve("report.html");
      new Report(
              spec.name(),
              trained.network().summary(),
              trained.history(),
              evaluation,
              Examples.of(trained.network(), prepared.test(), outputs, spec.evaluate().examples()),
              provenance)
          .write(report);
      RunResult result =
          new RunResult(
              id,
              stages("ran"),
              evaluation.metrics(),
              model.toString(),
              report.toString(),
              seconds(start));
      Json.write(known, result);
      deleteIfThere(checkpoint);
      return result;
    }
  }

  private TrainingResult train(Loaded.Prepared prepared, Path checkpoint) {
    Trainer trainer =
        trainer(prepared)
            .stopOn(stop)
            .onMemory(memoryTold)
            .listeners(TrainJob.checkpoints(spec.train(), checkpoint))
            .listeners(listeners.toArray(new TrainingListener[0]));
    if (resume && Files.exists(checkpoint)) {
      trainer.resume(checkpoint);
    }
    return trainer.fit(prepared.train());
  }

  private Trainer trainer(Loaded.Prepared prepared) {
    return TrainJob.trainer(
        spec.model().model(), spec.train(), spec.seed(), prepared.train(), base);
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
