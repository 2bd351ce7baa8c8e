package io.millrace.cli;

import io.millrace.ground.message.Problem;
import io.millrace.model.ModelPackage;
import io.millrace.pipeline.Home;
import io.millrace.serve.language.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves models: those named, or all in Millrace's folder. */
@Command(name = "serve", resourceBundle = "io.millrace.cli.help")
final class ServeCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Option(names = "--port", paramLabel = "N", defaultValue = "8080", descriptionKey = "option.port")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "H",
      defaultValue = "127.0.0.1",
      descriptionKey = "serve.host")
  private String host = "127.0.0.1";

  @Option(names = "--model", paramLabel = "NAME=PATH", descriptionKey = "serve.model")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "as-stored",
      descriptionKey = "serve.precision")
  private String precision = "as-stored";

  @Override
  public Integer call() {
    Home home = options.home();
    Map<String, Path> packages = new LinkedHashMap<>();
    for (String model : models) {
      int equals = model.indexOf('=');
      if (equals < 1 || !model.substring(0, equals).matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
        throw new CliException("serve.model", model);
      }
      packages.put(model.substring(0, equals), Path.of(model.substring(equals + 1)));
    }
    if (models.isEmpty()) {
      packages.putAll(stored(home.folder().resolve("models")));
    }
    return Serving.run(
        host,
        port,
        packages,
        Precision.of(precision),
        url -> options.print(Map.of("url", url, "models", packages.keySet()), ""));
  }

  private static Map<String, Path> stored(Path folder) {
    Map<String, Path> packages = new LinkedHashMap<>();
    if (!Files.isDirectory(folder)) {
      return packages;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(Files::isDirectory)
          .sorted()
          .filter(ServeCommand::isWhole)
          .forEach(path -> packages.put(path.getFileName().toString(), path));
    } catch (IOException e) {
      throw io.millrace.ground.file.FileException.reading(folder, e);
    }
    return packages;
  }

  /** Whether a package can be read; one that cannot is said, and does not keep the others away. */
  private static boolean isWhole(Path folder) {
    try {
      ModelPackage.read(folder);
      return true;
    } catch (Problem e) {
      Console.info(Text.of("serve.skipped", folder.getFileName(), e.getMessage()));
      return false;
    }
  }
}
