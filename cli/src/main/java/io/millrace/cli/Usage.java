package io.millrace.cli;

import io.millrace.ground.message.Nearest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Says in the reader's language what was wrong with a command line. */
final class Usage {
  private Usage() {}

  static String explain(CommandLine.ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String help = "./" + command.qualifiedName() + " --help";
    return switch (e) {
      case CommandLine.UnmatchedArgumentException unmatched -> {
        String given = unmatched.getUnmatched().getFirst();
        yield Text.of("usage.unknown", given, Nearest.of(given, known(command)), help);
      }
      case CommandLine.MissingParameterException missing -> {
        List<String> names = new ArrayList<>();
        missing.getMissing().forEach(one -> names.add(one.paramLabel()));
        yield Text.of("usage.missing", String.join(", ", names), help);
      }
      default -> Text.of("usage.value", String.valueOf(e.getMessage()), help);
    };
  }

  private static List<String> known(CommandSpec command) {
    List<String> known = new ArrayList<>(command.subcommands().keySet());
    known.addAll(command.optionsMap().keySet());
    return known;
  }
}
