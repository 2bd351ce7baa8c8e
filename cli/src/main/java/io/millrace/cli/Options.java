package io.millrace.cli;

import io.millrace.ground.json.Json;
import io.millrace.pipeline.Home;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every command takes. */
final class Options {
  @Option(names = "--json", descriptionKey = "option.json")
  boolean json;

  @Option(names = "--lang", paramLabel = "zh|en", descriptionKey = "option.lang")
  @Nullable String lang;

  @Option(names = "--home", paramLabel = "DIR", descriptionKey = "option.home")
  @Nullable Path home;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      descriptionKey = "option.help")
  boolean help;

  /** Millrace's folder; natives are unpacked there unless a property says otherwise. */
  Home home() {
    Home chosen = home == null ? Home.ofEnvironment() : new Home(home.toAbsolutePath());
    if (System.getProperty("millrace.cache") == null) {
      System.setProperty("millrace.cache", chosen.folder().resolve("cache").toString());
    }
    if (System.getProperty("millrace.natives") == null) {
      System.setProperty("millrace.natives", chosen.natives().toString());
    }
    return chosen;
  }

  /** Prints a result: one JSON document, or the text. */
  void print(Object result, String text) {
    Console.result(json ? Json.text(result) : text);
  }
}
