package io.millrace.pipeline.language;

import io.millrace.data.language.Preferences;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRows;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LoraSpec;
import io.millrace.model.folder.Pretrained;
import io.millrace.pipeline.PipelineException;
import io.millrace.tensor.DType;
import io.millrace.train.History;
import io.millrace.train.Stop;
import io.millrace.train.TrainException;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.listener.CsvLog;
import io.millrace.train.listener.EarlyStop;
import io.millrace.train.listener.SaveCheckpoint;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Trains a language model as a {@link TuneSpec} says and writes a folder: {@code model/} or {@code
 * adapter/}, {@code spec.yaml}, {@code losses.csv}, {@code result.json}. While it runs there is a
 * checkpoint, from which it goes on.
 */
public final class TuneJob {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final Duration SAVED = Duration.ofMinutes(10);
  private static final double WARMUP = 0.03;

  /**
   * What is known before the first step.
   *
   * @param sample a conversation with what is learned marked; absent where everything is
   */
  public record Prepared(
      long tokens,
      long learned,
      int rows,
      int leftOut,
      int cut,
      TuneMemory memory,
      @Nullable List<MarkedText> sample) {}

  /**
   * What came out.
   *
   * @param folder the model's or adapter's
   * @param before validation loss of the model as it was; absent where nothing is watched
   * @param history the epochs
   */
  public record Result(
      String folder,
      @Nullable Double before,
      History history,
      long trained,
      double tokensPerSecond) {}

  private TuneSpec spec;
  private final Path place;
  private final Path output;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Consumer<Prepared> told = prepared -> {};
  private Stop stop = new Stop();
  private boolean resuming;

  /**
   * A job.
   *
   * @param place where the spec's paths begin
   * @param output the folder that is written
   */
  public TuneJob(TuneSpec spec, Path place, Path output) {
    this.spec = spec;
    this.place = place;
    this.output = output;
  }

  /** Who is told of steps and epochs. */
  public TuneJob listeners(TrainingListener... chosen) {
    listeners.addAll(List.of(chosen));
    return this;
  }

  /** Who is told what will be trained, before it is. */
  public TuneJob onPrepared(Consumer<Prepared> chosen) {
    told = chosen;
    return this;
  }

  /** Lets another thread end the training. */
  public TuneJob stopOn(Stop chosen) {
    stop = chosen;
    return this;
  }

  /** Goes on from the checkpoint of an interrupted run, if there is one. */
  public TuneJob resuming() {
    resuming = true;
    return this;
  }

  /**
   * Trains.
   *
   * @throws PipelineException if the output folder holds something else, or memory will not do
   */
  public Result execute() {
    prepareOutput();
    Path folder = place.resolve(spec.model());
    TuneSpec.Vocabulary vocabulary = spec.vocabulary();
    if (vocabulary != null) {
      if (!spec.fresh()) {
        throw new PipelineException("tune.vocabulary");
      }
      Path start = output.resolve("start");
      List<Path> files = spec.data().train().stream().map(place::resolve).toList();
      FreshFolder.write(start, folder, vocabulary, files, spec.data().key());
      folder = start;
    }
    return execute(folder);
  }

  private Result execute(Path folder) {
    try (Pretrained model =
            spec.fresh()
                ? Pretrained.fresh(folder, spec.seed())
                : Pretrained.open(folder, DType.FLOAT32);
        Tokenizer tokenizer = Tokenizer.open(folder);
        @Nullable Adapter adapter = adapter(model)) {
      fits(model, tokenizer);
      return execute(model, adapter, folder, tokenizer);
    } finally {
      remove("train.tokens");
      remove("validation.tokens");
    }
  }

  private Result execute(
      Pretrained model, @Nullable Adapter adapter, Path folder, Tokenizer tokenizer) {
    if (!(model.architecture() instanceof CausalModel causal) || !causal.generates()) {
      throw new TrainException("language.writes", model.config().path("architectures"));
    }
    spec = spec.fitting(causal.context());
    try (TuneData data = TuneData.read(spec, place, folder, tokenizer, output)) {
      OptimizerSpec optimizer = optimizer();
      Map<String, io.millrace.tensor.Tensor> trained =
          adapter == null ? model.weights() : adapter.parameters();
      TuneMemory memory =
          TuneMemory.of(model.config(), model.parameterCount(), trained, optimizer, spec);
      told.accept(prepared(data, memory, tokenizer));
      if (memory.total() > TuneMemory.machine()) {
        throw new PipelineException(
            "tune.memory",
            memory.total() >> 20,
            TuneMemory.machine() >> 20,
            String.join("; ", memory.advice(spec)));
      }
      return train(model, adapter, data, optimizer, trained);
    }
  }

  private Result train(
      Pretrained model,
      @Nullable Adapter adapter,
      TuneData data,
      OptimizerSpec optimizer,
      Map<String, io.millrace.tensor.Tensor> trained) {
    Path checkpoint = output.resolve(CHECKPOINT);
    boolean goesOn = resuming && Files.isRegularFile(checkpoint);
    LanguageTrainer trainer = trainer(model, adapter, optimizer, data.count());
    TokenRows watched = data.validation();
    Double before = null;
    if (watched != null) {
      trainer.validation(watched);
      before = goesOn || spec.fresh() ? null : trainer.evaluate(watched);
    }
    if (spec.train().patience() > 0 && (watched != null || data.heldPairs() != null)) {
      trainer.listeners(new EarlyStop("val_loss", spec.train().patience()));
    }
    Speed speed = new Speed();
    listeners.forEach(trainer::listeners);
    trainer
        .listeners(speed, new CsvLog(output.resolve("losses.csv")))
        .listeners(new SaveCheckpoint(checkpoint).every(SAVED))
        .stopOn(stop)
        .resume(goesOn ? checkpoint : null);
    Preferences pairs = data.pairs();
    History history =
        pairs == null
            ? trainer.fit(data.train())
            : trainer.prefer(pairs, data.heldPairs(), spec.beta());
    Path written = output.resolve(adapter == null ? "model" : "adapter");
    if (adapter == null) {
      model.save(written);
    } else {
      adapter.save(written);
    }
    long numbers = trained.values().stream().mapToLong(io.millrace.tensor.Tensor::elements).sum();
    double rate = speed.stepsPerSecond() * data.tokens() / steps(data.count());
    Result result = new Result(written.toString(), before, history, numbers, rate);
    Json.write(output.resolve("result.json"), result);
    remove(CHECKPOINT);
    return result;
  }

  private long steps(int rows) {
    int perStep = spec.train().batch() * spec.train().accumulate();
    return (rows + perStep - 1) / perStep;
  }

  private LanguageTrainer trainer(
      Pretrained model, @Nullable Adapter adapter, OptimizerSpec optimizer, int rows) {
    TuneSpec.Train how = spec.train();
    long total = how.steps() > 0 ? how.steps() : how.epochs() * steps(rows);
    Schedule schedule = how.schedule();
    long up = Math.max(1, Math.round(WARMUP * total));
    if (schedule == null) {
      schedule =
          total < 3
              ? new Schedule.Constant()
              : new Schedule.Warmup(up, 0, new Schedule.Cosine(null, 0.1, null));
    }
    return LanguageTrainer.of(model)
        .adapter(adapter)
        .optimizer(optimizer)
        .groups(how.groups().toArray(io.millrace.train.optimizer.Group[]::new))
        .schedule(schedule)
        .epochs(how.epochs())
        .steps(how.steps())
        .batch(how.batch())
        .accumulate(how.accumulate())
        .clipNorm(how.clip())
        .precision(how.precision())
        .checkpointing(how.checkpointing())
        .freeze(how.freeze())
        .seed(spec.seed());
  }

  private OptimizerSpec optimizer() {
    OptimizerSpec chosen = spec.train().optimizer();
    if (chosen != null) {
      return chosen;
    }
    double rate = spec.fresh() ? 1e-3 : usualRate();
    return new AdamW(rate, spec.fresh() ? 0.1 : 0.01, 0.9, spec.fresh() ? 0.99 : 0.999, 1e-8);
  }

  /** What is usual: preferences pull gently, adapters are new. */
  private double usualRate() {
    double rate = spec.adapts() ? 2e-4 : 2e-5;
    return spec.method() == TuneSpec.Method.DPO ? rate / 10 : rate;
  }

  private @Nullable Adapter adapter(Pretrained model) {
    if (!spec.adapts()) {
      return null;
    }
    LoraSpec lora = spec.lora();
    return Adapter.fresh(model, lora == null ? LoraSpec.usual() : lora, spec.seed());
  }

  /** The tokenizer of another model would give ids that this one does not know. */
  private static void fits(Pretrained model, Tokenizer tokenizer) {
    int known = model.config().path("vocab_size").asInt(Integer.MAX_VALUE);
    if (tokenizer.size() > known) {
      throw new PipelineException("tune.tokenizer", model.folder(), tokenizer.size(), known);
    }
  }

  private static Prepared prepared(TuneData data, TuneMemory memory, Tokenizer tokenizer) {
    Sample shown = data.shown();
    return new Prepared(
        data.tokens(),
        data.learned(),
        data.count(),
        data.leftOut(),
        data.cut(),
        memory,
        shown == null ? null : MarkedText.of(shown, tokenizer));
  }

  private void prepareOutput() {
    try {
      boolean used =
          Files.isDirectory(output)
              && (Files.exists(output.resolve("model"))
                  || Files.exists(output.resolve("adapter"))
                  || (!resuming && Files.exists(output.resolve(CHECKPOINT))));
      if (used) {
        throw new PipelineException("tune.output", output);
      }
      Files.createDirectories(output);
      AtomicFile.write(output.resolve("spec.yaml"), SpecWriter.yaml(spec));
    } catch (IOException e) {
      throw FileException.writing(output, e);
    }
  }

  private void remove(String name) {
    try {
      Files.deleteIfExists(output.resolve(name));
    } catch (IOException e) {
      throw FileException.writing(output.resolve(name), e);
    }
  }

  /** Steps by time. */
  private static final class Speed implements TrainingListener {
    private long started;
    private long before;
    private long steps;

    @Override
    public void started(io.millrace.train.Training training) {
      started = System.nanoTime();
      before = training.totalSteps();
    }

    @Override
    public void stepped(io.millrace.train.Training training) {
      steps = Objects.requireNonNull(training).totalSteps() - before;
    }

    double stepsPerSecond() {
      return steps / ((System.nanoTime() - started) / 1e9);
    }
  }
}
