package io.millrace.pipeline.language;

import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.language.Preferences;
import io.millrace.data.language.Prompt;
import io.millrace.data.language.Sample;
import io.millrace.data.language.TokenRows;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.evaluate.report.LanguageReport;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.file.FolderLock;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.LoraSpec;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.pipeline.PipelineException;
import io.millrace.serve.language.GenerationSettings;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.train.History;
import io.millrace.train.Stop;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.Grouping;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.language.Lesson;
import io.millrace.train.language.Reward;
import io.millrace.train.optimizer.OptimizerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Trains a language model as a {@link TuneSpec} says and writes a folder: {@code model/} or {@code
 * adapter/} with its papers, {@code spec.yaml}, {@code losses.csv}, {@code result.json}, {@code
 * report.html}. While it runs there is a checkpoint, from which it goes on.
 */
public final class TuneJob {

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
   * @param test what was measured in the end on examples that were neither learned nor watched
   */
  public record Result(
      String folder,
      @Nullable Double before,
      History history,
      Map<String, Double> test,
      long trained,
      double tokensPerSecond) {}

  private TuneSpec spec;
  private final Path place;
  private final Path output;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Consumer<Prepared> told = prepared -> {};
  private Stop stop = new Stop();
  private boolean resuming;
  private List<Asked> asked = List.of();
  private List<MarkedText> marked = List.of();

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
    try {
      Files.createDirectories(output);
    } catch (IOException e) {
      throw FileException.writing(output, e);
    }
    // Two runs in one folder would take each other's rows away while they are mapped.
    try (FolderLock lock = FolderLock.of(output)) {
      prepareOutput();
      return prepared();
    }
  }

  private Result prepared() {
    Path folder = place.resolve(spec.model());
    JsonNode config = TuneSettings.config(folder);
    spec =
        spec.settled(config.path("architectures").path(0).asString(""))
            .fitting(TuneSettings.context(config));
    spec.checkReading();
    if (spec.vocabulary() != null) {
      if (!spec.fresh()) {
        throw new PipelineException("tune.vocabulary");
      }
      Path start = output.resolve("start");
      // What a run left that was never saved may be of another model or vocabulary.
      boolean goesOn = resuming && Files.isRegularFile(output.resolve(TuneCourse.CHECKPOINT));
      if (!goesOn || !FreshFolder.isWhole(start)) {
        FreshFolder.write(start, folder, spec, place);
      }
      folder = start;
    }
    return execute(folder);
  }

  private Result execute(Path folder) {
    try {
      Result result =
          spec.task() == TuneSpec.Task.PICTURE
              ? teach(folder, PictureData.read(spec, place, folder))
              : executeTexts(folder);
      return finish(folder, result);
    } finally {
      remove("train.tokens");
      remove("validation.tokens");
    }
  }

  private Result executeTexts(Path folder) {
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      TuneSpec.Task task = spec.task();
      if (task != TuneSpec.Task.WRITE && task != TuneSpec.Task.MASK) {
        fits(Json.read(folder.resolve("config.json")), folder, tokenizer);
        return teach(folder, TaskData.read(spec, place, folder, tokenizer));
      }
      Recast recast =
          task == TuneSpec.Task.MASK ? new Recast(Recast.Task.MASKED, List.of(), null) : null;
      try (Pretrained model = open(folder, recast);
          @Nullable Adapter adapter = adapter(model)) {
        fits(model.config(), folder, tokenizer);
        return spec.method() == TuneSpec.Method.GRPO
            ? reward(model, adapter, folder, tokenizer)
            : write(model, adapter, folder, tokenizer);
      }
    }
  }

  /** Lets the model write, and writes what came out. */
  private Result finish(Path folder, Result trained) {
    Map<String, Double> test = new LinkedHashMap<>(trained.test);
    List<LanguageReport.Written> written = List.of();
    if (!asked.isEmpty()) {
      Path made = Path.of(trained.folder);
      written =
          TuneTexts.write(
              spec.adapts() ? folder : made, spec.adapts() ? made : null, asked, spec.generation());
      if (spec.generation().scored() > 0) {
        TuneTexts.scores(written).forEach((name, value) -> test.put("test_" + name, value));
      }
    }
    Result result =
        new Result(
            trained.folder,
            trained.before,
            trained.history,
            test,
            trained.trained,
            trained.tokensPerSecond);
    Json.write(output.resolve("result.json"), result);
    Map<String, Double> figures = new LinkedHashMap<>();
    if (!trained.history.epochs().isEmpty()) {
      figures.putAll(trained.history.last().values());
      figures.remove("rate");
    }
    figures.putAll(test);
    String name = String.valueOf(output.toAbsolutePath().normalize().getFileName());
    TunePapers.write(spec, place, name, Path.of(result.folder), figures);
    List<LanguageReport.Marked> marks =
        marked.stream().map(one -> new LanguageReport.Marked(one.text(), one.learned())).toList();
    new LanguageReport(
            String.valueOf(place.resolve(spec.model()).normalize().getFileName()),
            figures,
            trained.history,
            marks,
            written.stream().limit(spec.generation().samples()).toList(),
            SpecWriter.yaml(spec))
        .write(output.resolve("report.html"));
    remove(TuneCourse.CHECKPOINT);
    return result;
  }

  private Pretrained open(Path folder, @Nullable Recast recast) {
    return spec.fresh()
        ? Pretrained.fresh(folder, spec.seed(), recast)
        : Pretrained.open(folder, DType.FLOAT32, recast);
  }

  /** Trains on rows of tokens or on preferences. */
  private Result write(
      Pretrained model, @Nullable Adapter adapter, Path folder, Tokenizer tokenizer) {
    try (TuneData data = TuneData.read(spec, place, folder, tokenizer, output)) {
      Sample shown = data.shown();
      marked = shown == null ? List.of() : MarkedText.of(shown, tokenizer);
      asked = data.asked();
      OptimizerSpec optimizer = TuneSettings.optimizer(spec);
      told(
          new Prepared(
              data.tokens(),
              data.learned(),
              data.count(),
              data.leftOut(),
              data.cut(),
              memory(model, adapter, optimizer),
              shown == null ? null : marked));
      LanguageTrainer trainer = TuneSettings.trainer(spec, model, adapter, optimizer, data.count());
      trainer.bag(TuneData.bag(spec, tokenizer));
      TokenRows watched = data.validation();
      if (watched != null) {
        trainer.validation("val", watched, data.bytesPerToken());
      }
      Preferences pairs = data.pairs();
      boolean watches = watched != null || data.heldPairs() != null;
      return course()
          .train(
              new TuneCourse.Teaching(
                  model,
                  adapter,
                  trainer,
                  watches,
                  watched == null ? null : () -> Map.of("val_loss", trainer.evaluate(watched)),
                  () ->
                      pairs == null
                          ? trainer.fit(data.train())
                          : trainer.prefer(pairs, data.heldPairs(), spec.held()),
                  data.tokens(),
                  data.count()),
              target -> Map.of());
    }
  }

  /** Trains by a reward. */
  private Result reward(
      Pretrained model, @Nullable Adapter adapter, Path folder, Tokenizer tokenizer) {
    String source = spec.reward();
    if (source == null) {
      throw new PipelineException("tune.reward");
    }
    Reward reward = RewardSource.of(place.resolve(source), output);
    ChatTemplate template = ChatTemplate.open(folder, tokenizer.specials().byRole());
    ChatFormat format =
        template == null || spec.data().form() == TuneSpec.Form.TEXT
            ? null
            : new ChatFormat(tokenizer, template);
    Sides<Prompt> prompts =
        Sides.read(spec, place, file -> Prompt.read(file, tokenizer, format), Prompt::text);
    int width = spec.data().width() - spec.group().maxTokens();
    List<Prompt> fitting =
        prompts.train().stream().filter(prompt -> prompt.ids().length <= width).toList();
    long tokens = fitting.stream().mapToLong(prompt -> prompt.ids().length).sum();
    OptimizerSpec optimizer = TuneSettings.optimizer(spec);
    told(
        new Prepared(
            tokens,
            tokens,
            fitting.size(),
            prompts.train().size() - fitting.size(),
            0,
            memory(model, adapter, optimizer),
            null));
    LanguageTrainer trainer = TuneSettings.trainer(spec, model, adapter, optimizer, fitting.size());
    GenerationSettings said = GenerationSettings.open(folder);
    Grouping how =
        new Grouping(
            spec.group().answers(),
            spec.group().maxTokens(),
            spec.group().temperature(),
            spec.held(),
            said.ends());
    try (@Nullable Pretrained before =
        spec.held() > 0 ? Pretrained.open(folder, DType.FLOAT32) : null) {
      return course()
          .train(
              new TuneCourse.Teaching(
                  model,
                  adapter,
                  trainer,
                  !prompts.validation().isEmpty(),
                  null,
                  () ->
                      trainer.reward(fitting, prompts.validation(), reward, how, tokenizer, before),
                  tokens,
                  fitting.size()),
              target -> Map.of());
    }
  }

  /** Trains on examples of a task. */
  private Result teach(Path folder, TaskData data) {
    if (spec.method() == TuneSpec.Method.DPO || spec.method() == TuneSpec.Method.GRPO) {
      throw new PipelineException("tune.task", spec.task(), spec.method());
    }
    try (Pretrained model = open(folder, data.recast());
        @Nullable Adapter adapter = adapter(model)) {
      Lesson lesson = data.lesson(model, TaskData.Side.TRAIN);
      if (lesson == null) {
        throw new PipelineException("tune.empty");
      }
      OptimizerSpec optimizer = TuneSettings.optimizer(spec);
      told(
          new Prepared(
              data.tokens(),
              data.tokens(),
              data.count(),
              0,
              data.cut(),
              memory(model, adapter, optimizer),
              null));
      LanguageTrainer trainer = TuneSettings.trainer(spec, model, adapter, optimizer, data.count());
      asked = data.asked(spec.generation().count());
      Lesson watched = data.lesson(model, TaskData.Side.VALIDATION);
      Lesson measured = data.lesson(model, TaskData.Side.TEST);
      if (watched != null) {
        trainer.validation(watched);
      }
      int batch = spec.train().batch();
      return course()
          .train(
              new TuneCourse.Teaching(
                  model,
                  adapter,
                  trainer,
                  watched != null,
                  null,
                  () -> trainer.fit(lesson),
                  data.tokens(),
                  data.count()),
              target -> {
                data.complete(target);
                Map<String, Double> test = new LinkedHashMap<>();
                if (measured != null) {
                  measured
                      .measure(batch, false)
                      .forEach((name, value) -> test.put("test_" + name, value));
                }
                return test;
              });
    }
  }

  private TuneCourse course() {
    return new TuneCourse(spec, output, listeners, stop, resuming);
  }

  private TuneMemory memory(Pretrained model, @Nullable Adapter adapter, OptimizerSpec optimizer) {
    Map<String, Tensor> trained = adapter == null ? model.weights() : adapter.parameters();
    return TuneMemory.of(model.config(), model.parameterCount(), trained, optimizer, spec);
  }

  /** Tells what will be trained, and refuses what does not fit. */
  private void told(Prepared prepared) {
    told.accept(prepared);
    TuneMemory memory = prepared.memory();
    if (memory.total() > TuneMemory.machine()) {
      throw new PipelineException(
          "tune.memory",
          memory.total() >> 20,
          TuneMemory.machine() >> 20,
          String.join("; ", memory.advice(spec)));
    }
    try {
      enough(memory.disk(), Files.getFileStore(output).getUsableSpace(), output);
    } catch (IOException e) {
      throw FileException.writing(output, e);
    }
  }

  /** Refuses a training whose result would not fit on the disk, while nothing is lost yet. */
  static void enough(long needed, long usable, Path output) {
    if (needed > usable) {
      throw new PipelineException("tune.disk", output, (needed >> 20) + 1, usable >> 20);
    }
  }

  private @Nullable Adapter adapter(Pretrained model) {
    if (!spec.adapts()) {
      return null;
    }
    LoraSpec given = spec.lora();
    LoraSpec lora = given == null ? LoraSpec.usual() : given;
    // A head of one's own is fresh, so that it must be trained whole.
    return Adapter.fresh(model, spec.writes() ? lora : lora.saving(model.heads()), spec.seed());
  }

  /** The tokenizer of another model would give ids that this one does not know. */
  private static void fits(JsonNode config, Path folder, Tokenizer tokenizer) {
    int known = config.path("vocab_size").asInt(Integer.MAX_VALUE);
    if (tokenizer.size() > known) {
      throw new PipelineException("tune.tokenizer", folder, tokenizer.size(), known);
    }
  }

  private void prepareOutput() {
    boolean used =
        Files.exists(output.resolve("model"))
            || Files.exists(output.resolve("adapter"))
            || (!resuming && Files.exists(output.resolve(TuneCourse.CHECKPOINT)));
    if (used) {
      throw new PipelineException("tune.output", output);
    }
    AtomicFile.write(output.resolve("spec.yaml"), SpecWriter.yaml(spec));
  }

  private void remove(String name) {
    try {
      Files.deleteIfExists(output.resolve(name));
    } catch (IOException e) {
      throw FileException.writing(output.resolve(name), e);
    }
  }
}
