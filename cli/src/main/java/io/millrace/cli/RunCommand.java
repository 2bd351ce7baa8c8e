package io.millrace.cli;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.pipeline.Home;
import io.millrace.pipeline.RunJob;
import io.millrace.pipeline.RunResult;
import io.millrace.pipeline.language.TuneSpec;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.train.Memory;
import io.millrace.train.Profile;
import io.millrace.train.RateFinder;
import io.millrace.train.Stop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Executes a run spec. */
@Command(name = "run", resourceBundle = "io.millrace.cli.help")
final class RunCommand implements Callable<Integer> {
  private static final int PROFILED_STEPS = 100;
  private static final double LOWEST_RATE = 1e-6;
  private static final double HIGHEST_RATE = 10;
  private static final int RATES = 200;

  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "SPEC.yaml", descriptionKey = "run.spec")
  private @Nullable Path file;

  @Option(names = "--set", paramLabel = "a.b=c", descriptionKey = "run.set")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--dry-run", descriptionKey = "run.dry-run")
  private boolean dryRun;

  @Option(names = "--profile", descriptionKey = "run.profile")
  private boolean profile;

  @Option(names = "--find-rate", paramLabel = "FILE.svg", descriptionKey = "run.find-rate")
  private @Nullable Path rates;

  @Option(names = "--resume", descriptionKey = "run.resume")
  private boolean resume;

  @Override
  public Integer call() {
    Home home = options.home();
    Path path = Objects.requireNonNull(file).toAbsolutePath();
    if (TuneSpec.is(path)) {
      return language(path, home);
    }
    RunSpec spec = RunSpec.read(path, settings);
    Stop stop = Interrupt.onSignal();
    RunJob job =
        new RunJob(spec, Objects.requireNonNull(path.getParent()), home)
            .listeners(new ProgressLine())
            .stopOn(stop)
            .onMemory(RunCommand::told)
            .onTrial(Console::info)
            .onStage(stage -> Console.info(Text.of("stage." + stage)));
    if (dryRun) {
      String rows = job.check();
      options.print(
          Map.of("spec", SpecWriter.tree(spec), "rows", rows),
          SpecWriter.yaml(spec) + Text.of("run.checked", rows));
      return 0;
    }
    if (profile) {
      Profile measured = job.profile(PROFILED_STEPS);
      options.print(measured, measured.text().stripTrailing());
      return 0;
    }
    if (rates != null) {
      RateFinder.Curve curve = job.findRate(LOWEST_RATE, HIGHEST_RATE, RATES);
      AtomicFile.write(rates, curve.picture());
      options.print(curve, Text.of("rate.found", "%.2g".formatted(curve.suggestion()), rates));
      return 0;
    }
    if (resume) {
      job.resuming();
    }
    RunResult result = job.execute();
    options.print(result, RunReport.of(result));
    return 0;
  }

  /** A spec of a language model; the result lies under the name of the spec. */
  private int language(Path path, Home home) {
    if (profile || rates != null) {
      throw new CliException("run.language");
    }
    TuneSpec spec = TuneSpec.read(path, settings);
    if (dryRun) {
      options.print(SpecWriter.tree(spec), SpecWriter.yaml(spec).stripTrailing());
      return 0;
    }
    Path place = Objects.requireNonNull(path.getParent());
    String name = String.valueOf(path.getFileName()).replaceFirst("\\.ya?ml$", "");
    String folder = String.valueOf(place.getFileName());
    Path output = home.model(name.equals("run") ? folder : folder + "-" + name);
    FinetuneCommand.train(spec, place, output, resume, options);
    return 0;
  }

  /** Says what training will take; more than the machine has is said before it is lost. */
  private static void told(Memory memory) {
    long mebibyte = 1 << 20;
    Console.info(
        Text.of(
            "memory",
            memory.total() / mebibyte + 1,
            memory.weights() / mebibyte,
            memory.gradients() / mebibyte,
            memory.optimizer() / mebibyte,
            memory.activations() / mebibyte));
    long most = memory.machine();
    if (memory.total() > most) {
      Console.info(Text.of("memory.much", most / mebibyte));
    }
  }
}
