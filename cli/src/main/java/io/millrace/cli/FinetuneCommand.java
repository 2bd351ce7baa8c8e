package io.millrace.cli;

import io.millrace.ground.spec.SpecWriter;
import io.millrace.pipeline.language.MarkedText;
import io.millrace.pipeline.language.TuneJob;
import io.millrace.pipeline.language.TuneMemory;
import io.millrace.pipeline.language.TuneSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a language model from a folder: pretraining, fine-tuning, LoRA. */
@Command(name = "finetune", resourceBundle = "io.millrace.cli.help")
final class FinetuneCommand implements Callable<Integer> {
  private static final String LEARNED = "\u001B[32m";
  private static final String PLAIN = "\u001B[0m";

  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "FOLDER", arity = "0..1", descriptionKey = "finetune.folder")
  private @Nullable Path folder;

  @Option(names = "--spec", paramLabel = "SPEC.yaml", descriptionKey = "finetune.spec")
  private @Nullable Path file;

  @Option(names = "--set", paramLabel = "a.b=c", descriptionKey = "finetune.set")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--data", paramLabel = "FILE", split = ",", descriptionKey = "finetune.data")
  private List<Path> data = List.of();

  @Option(names = "--validation", paramLabel = "FILE", descriptionKey = "finetune.validation")
  private List<Path> validation = List.of();

  @Option(names = "--method", paramLabel = "full|lora|dpo|grpo", descriptionKey = "finetune.method")
  private @Nullable String method;

  @Option(names = "--task", paramLabel = "TASK", descriptionKey = "finetune.task")
  private @Nullable String task;

  @Option(names = "--text", paramLabel = "COLUMN", descriptionKey = "finetune.text")
  private @Nullable String text;

  @Option(names = "--label", paramLabel = "COLUMN", descriptionKey = "finetune.label")
  private @Nullable String label;

  @Option(names = "--pair", paramLabel = "COLUMN", descriptionKey = "finetune.pair")
  private @Nullable String pair;

  @Option(names = "--target", paramLabel = "COLUMN", descriptionKey = "finetune.target")
  private @Nullable String target;

  @Option(names = "--reward", paramLabel = "FILE.java", descriptionKey = "finetune.reward")
  private @Nullable Path reward;

  @Option(names = "--fresh", descriptionKey = "finetune.fresh")
  private boolean fresh;

  @Option(names = "--output", paramLabel = "DIR", descriptionKey = "finetune.output")
  private @Nullable Path output;

  @Option(names = "--epochs", paramLabel = "N", descriptionKey = "finetune.epochs")
  private @Nullable Integer epochs;

  @Option(names = "--batch", paramLabel = "N", descriptionKey = "finetune.batch")
  private @Nullable Integer batch;

  @Option(names = "--length", paramLabel = "N", descriptionKey = "finetune.length")
  private @Nullable Integer length;

  @Option(names = "--rate", paramLabel = "X", descriptionKey = "finetune.rate")
  private @Nullable Double rate;

  @Option(names = "--rank", paramLabel = "N", descriptionKey = "finetune.rank")
  private @Nullable Integer rank;

  @Option(names = "--dry-run", descriptionKey = "finetune.dry-run")
  private boolean dryRun;

  @Option(names = "--resume", descriptionKey = "run.resume")
  private boolean resume;

  @Override
  public Integer call() {
    options.home();
    TuneSpec spec;
    Path place;
    if (file != null) {
      Path path = file.toAbsolutePath();
      spec = TuneSpec.read(path, both());
      place = java.util.Objects.requireNonNull(path.getParent());
    } else {
      spec = TuneSpec.of(both());
      place = Path.of("").toAbsolutePath();
    }
    if (dryRun) {
      options.print(SpecWriter.tree(spec), SpecWriter.yaml(spec).stripTrailing());
      return 0;
    }
    if (output == null) {
      throw new CliException("finetune.output");
    }
    train(spec, place, output.toAbsolutePath(), resume, options);
    return 0;
  }

  /** Trains and says what came out. */
  static void train(TuneSpec spec, Path place, Path output, boolean resume, Options options) {
    TuneJob job =
        new TuneJob(spec, place, output)
            .listeners(new ProgressLine().of(spec.train().precision()))
            .stopOn(Interrupt.onSignal())
            .onPrepared(FinetuneCommand::told);
    if (resume) {
      job.resuming();
    }
    TuneJob.Result result = job.execute();
    options.print(result, text(result));
  }

  /** The options as settings of a spec, before those given with --set. */
  private List<String> both() {
    List<String> all = new ArrayList<>();
    put(all, "model", folder == null ? null : folder.toAbsolutePath());
    put(all, "data.train", data.isEmpty() ? null : list(data));
    put(all, "data.validation", validation.isEmpty() ? null : list(validation));
    put(all, "data.length", length);
    put(all, "method", method);
    put(all, "reward", reward == null ? null : reward.toAbsolutePath());
    put(all, "task", task);
    put(all, "data.key", text);
    put(all, "data.label", label);
    put(all, "data.pair", pair);
    put(all, "data.target", target);
    put(all, "fresh", fresh ? true : null);
    put(all, "train.epochs", epochs);
    put(all, "train.batch", batch);
    put(all, "train.optimizer", rate == null ? null : "{adamw: {rate: " + rate + "}}");
    put(all, "lora.rank", rank);
    put(all, "lora.alpha", rank == null ? null : 2 * rank);
    if (file == null && (folder == null || data.isEmpty()) && settings.isEmpty()) {
      throw new CliException("finetune.what");
    }
    boolean adapts = method != null && !method.equalsIgnoreCase("full");
    if (file == null && rank != null && !adapts) {
      throw new CliException("finetune.rank");
    }
    all.addAll(settings);
    return all;
  }

  private static String list(List<Path> paths) {
    return "["
        + String.join(", ", paths.stream().map(path -> "'" + path.toAbsolutePath() + "'").toList())
        + "]";
  }

  private static void put(List<String> all, String key, @Nullable Object value) {
    if (value != null) {
      all.add(key + "=" + value);
    }
  }

  private static void told(TuneJob.Prepared prepared) {
    boolean all = prepared.learned() == prepared.tokens();
    Console.info(
        Text.of(
            all ? "finetune.data.all" : "finetune.data",
            prepared.rows(),
            prepared.tokens(),
            prepared.learned(),
            Math.round(100.0 * prepared.learned() / prepared.tokens())));
    if (prepared.leftOut() > 0) {
      Console.info(Text.of("finetune.left-out", prepared.leftOut()));
    }
    if (prepared.cut() > 0) {
      Console.info(Text.of("finetune.cut", prepared.cut()));
    }
    List<MarkedText> sample = prepared.sample();
    if (sample != null) {
      StringBuilder text = new StringBuilder();
      boolean colours = Console.isTerminal();
      for (MarkedText piece : sample) {
        text.append(piece.learned() ? colours ? LEARNED : "⟦" : "");
        text.append(piece.text());
        text.append(piece.learned() ? colours ? PLAIN : "⟧" : "");
      }
      Console.info(Text.of(colours ? "finetune.sample.colour" : "finetune.sample"));
      Console.info(text.toString());
    }
    TuneMemory memory = prepared.memory();
    Console.info(
        Text.of(
            "memory",
            (memory.total() >> 20) + 1,
            memory.weights() >> 20,
            memory.gradients() >> 20,
            memory.optimizer() >> 20,
            memory.activations() >> 20));
  }

  private static String text(TuneJob.Result result) {
    StringBuilder text = new StringBuilder();
    var epochs = result.history().epochs();
    if (!epochs.isEmpty()) {
      Map<String, Double> last = epochs.getLast().values();
      Double loss = last.get("val_loss");
      if (loss != null && result.before() != null) {
        text.append(
            Text.of(
                "finetune.better",
                String.format(Locale.ROOT, "%.4f", result.before()),
                String.format(Locale.ROOT, "%.4f", loss)));
        text.append('\n');
      }
    }
    if (!result.test().isEmpty()) {
      result
          .test()
          .forEach(
              (name, value) ->
                  text.append(name)
                      .append(' ')
                      .append(String.format(Locale.ROOT, "%.4f", value))
                      .append("  "));
      text.append('\n');
    }
    text.append(
        Text.of(
            "finetune.done",
            result.folder(),
            String.format(Locale.ROOT, "%,.0f", result.tokensPerSecond())));
    return text.toString();
  }
}
