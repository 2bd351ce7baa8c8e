package io.millrace.cli;

import io.millrace.pipeline.Version;
import io.millrace.tensor.Engine;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints versions, without loading the engine. */
@Command(name = "version", resourceBundle = "io.millrace.cli.help")
final class VersionCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Override
  public Integer call() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("millrace", Version.TEXT);
    versions.put("java", Runtime.version().toString());
    versions.put("libtorch", Engine.version());
    options.print(
        versions,
        "millrace %s (java %s, libtorch %s)"
            .formatted(Version.TEXT, versions.get("java"), versions.get("libtorch")));
    return 0;
  }
}
