package io.millrace.cli;

import io.millrace.ground.message.Problem;
import io.millrace.model.ModelPackage;
import io.millrace.model.folder.LanguagePackage;
import io.millrace.pipeline.Home;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.language.Precision;
import io.millrace.server.ServingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

  @Option(names = "--precision", paramLabel = "[NAME=]P", descriptionKey = "serve.precision")
  private List<String> precisions = new ArrayList<>();

  @Option(names = "--alias", paramLabel = "NAME=MODEL", descriptionKey = "serve.alias")
  private List<String> aliases = new ArrayList<>();

  @Option(names = "--adapter", paramLabel = "[MODEL/]NAME=PATH", descriptionKey = "serve.adapter")
  private List<String> adapters = new ArrayList<>();

  @Option(
      names = "--idle",
      paramLabel = "SECONDS",
      defaultValue = "0",
      descriptionKey = "serve.idle")
  private long idle;

  @Option(names = "--memory", paramLabel = "SIZE", descriptionKey = "serve.memory")
  private @Nullable String memory;

  @Override
  public Integer call() {
    Home home = options.home();
    Map<String, Path> packages = new LinkedHashMap<>();
    pairs(models, "serve.model").forEach((name, path) -> packages.put(name, held(Path.of(path))));
    if (models.isEmpty()) {
      packages.putAll(stored(home.folder().resolve("models")));
    }
    return Serving.run(
        host,
        port,
        packages,
        options(packages),
        url -> options.print(Map.of("url", url, "models", packages.keySet()), ""));
  }

  private ServingOptions options(Map<String, Path> packages) {
    Set<String> names = packages.keySet();
    if (idle < 0) {
      throw new CliException("serve.idle", idle);
    }
    Duration rest = Duration.ofSeconds(idle);
    LanguageDeployment.Options all = new LanguageDeployment.Options(Precision.AS_STORED, rest);
    Map<String, LanguageDeployment.Options> own = new LinkedHashMap<>();
    for (String precision : precisions) {
      int equals = precision.indexOf('=');
      Precision wanted = Precision.of(precision.substring(equals + 1));
      LanguageDeployment.Options options = new LanguageDeployment.Options(wanted, rest);
      if (equals < 0) {
        all = options;
      } else if (names.contains(precision.substring(0, equals))) {
        own.put(precision.substring(0, equals), options);
      } else {
        throw new CliException("serve.unknown", "--precision " + precision, names);
      }
    }
    Set<String> adapted = adapt(packages, own, all);
    Map<String, String> further = pairs(aliases, "serve.alias");
    further.forEach(
        (alias, model) -> {
          if (!names.contains(model) && !adapted.contains(model)) {
            throw new CliException("serve.unknown", "--alias " + alias + "=" + model, names);
          }
        });
    return new ServingOptions(all, own, memory == null ? 0 : bytes(memory), further);
  }

  /** Gives each adapter to its model; returns their names. */
  private Set<String> adapt(
      Map<String, Path> packages,
      Map<String, LanguageDeployment.Options> own,
      LanguageDeployment.Options all) {
    List<String> texts =
        packages.entrySet().stream()
            .filter(one -> LanguageDeployment.fits(one.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    Set<String> names = new LinkedHashSet<>();
    for (String adapter : adapters) {
      int slash = adapter.substring(0, Math.max(0, adapter.indexOf('='))).indexOf('/');
      String model = slash < 0 ? "" : adapter.substring(0, slash);
      if (slash < 0 && texts.size() == 1) {
        model = texts.getFirst();
      }
      if (!texts.contains(model)) {
        throw new CliException("serve.adapted", "--adapter " + adapter, texts);
      }
      Map<String, String> pair = pairs(List.of(adapter.substring(slash + 1)), "serve.adapter.form");
      LanguageDeployment.Options before = own.getOrDefault(model, all);
      Map<String, Path> more = new LinkedHashMap<>(before.adapters());
      pair.forEach((name, path) -> more.put(name, Path.of(path)));
      own.put(model, new LanguageDeployment.Options(before.precision(), before.idle(), more));
      names.addAll(pair.keySet());
    }
    return names;
  }

  private static long bytes(String size) {
    Matcher parts = Pattern.compile("(\\d{1,6})([gGmM])[bB]?").matcher(size);
    if (!parts.matches()) {
      throw new CliException("serve.memory", size);
    }
    boolean giga = parts.group(2).equalsIgnoreCase("g");
    return Long.parseLong(parts.group(1)) << (giga ? 30 : 20);
  }

  private static Map<String, String> pairs(List<String> all, String key) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String one : all) {
      int equals = one.indexOf('=');
      if (equals < 1 || !one.substring(0, equals).matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
        throw new CliException(key, one);
      }
      pairs.put(one.substring(0, equals), one.substring(equals + 1));
    }
    return pairs;
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
          .forEach(
              path -> {
                Path held = held(path);
                if (isWhole(held)) {
                  packages.put(path.getFileName().toString(), held);
                }
              });
    } catch (IOException e) {
      throw io.millrace.ground.file.FileException.reading(folder, e);
    }
    return packages;
  }

  /** A language model's training leaves its package in a folder beside its reports. */
  private static Path held(Path folder) {
    Path model = folder.resolve("model");
    return LanguageDeployment.fits(model) ? model : folder;
  }

  /** Whether a package can be read; one that cannot is said, and does not keep the others away. */
  private static boolean isWhole(Path folder) {
    try {
      if (LanguageDeployment.fits(folder)) {
        LanguagePackage.read(folder);
      } else {
        ModelPackage.read(folder);
      }
      return true;
    } catch (Problem e) {
      Console.info(Text.of("serve.skipped", folder.getFileName(), e.getMessage()));
      return false;
    }
  }
}
