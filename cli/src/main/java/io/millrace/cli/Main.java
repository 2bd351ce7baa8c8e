package io.millrace.cli;

import io.millrace.ground.message.Language;
import io.millrace.ground.message.Problem;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code millrace} command. Exit codes: 0 done, 1 ran and failed, 2 wrong use. */
@Command(
    name = "millrace",
    subcommands = {
      QuickstartCommand.class,
      RunCommand.class,
      PredictCommand.class,
      FinetuneCommand.class,
      GenerateCommand.class,
      ChatCommand.class,
      EmbedCommand.class,
      TokenizeCommand.class,
      ForwardCommand.class,
      ConvertCommand.class,
      ReplayCommand.class,
      ServeCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      VersionCommand.class
    },
    resourceBundle = "io.millrace.cli.help",
    mixinStandardHelpOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true)
public final class Main implements Runnable {
  @CommandLine.Mixin private Options options = new Options();

  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs a command and returns its exit code. */
  public static int run(String... args) {
    chooseLanguage(args);
    CommandLine command = new CommandLine(new Main());
    command.setCaseInsensitiveEnumValuesAllowed(true);
    command.setExecutionExceptionHandler((e, line, result) -> failed(e));
    command.setParameterExceptionHandler(
        (e, given) -> {
          Console.error(Usage.explain(e));
          return 2;
        });
    return command.execute(args);
  }

  /** Before picocli reads its help texts, which come from a bundle. */
  private static void chooseLanguage(String[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--lang") && i + 1 < args.length) {
        Language.use(Language.of(args[i + 1]));
      } else if (args[i].startsWith("--lang=")) {
        Language.use(Language.of(args[i].substring(7)));
      }
    }
    java.util.Locale.setDefault(java.util.Locale.of(Language.current().code()));
  }

  private static int failed(Exception e) {
    if (e instanceof Problem) {
      Console.error(String.valueOf(e.getMessage()));
      return Problems.exitCode(e);
    }
    String id = Long.toHexString(System.nanoTime());
    Console.bug(id, e);
    Console.error(Text.of("bug", id, e.toString()));
    return 1;
  }

  @Override
  public void run() {
    java.util.Objects.requireNonNull(spec).commandLine().usage(System.out);
  }
}
