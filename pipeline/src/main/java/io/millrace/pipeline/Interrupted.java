package io.millrace.pipeline;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.Differences;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.pipeline.spec.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Runs that were interrupted: what they were, so that only the same spec continues them. */
final class Interrupted {
  static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String SPEC = "spec.json";
  private static final int SHOWN = 8;

  private Interrupted() {}

  static void remember(Path run, RunSpec spec) {
    AtomicFile.write(run.resolve(SPEC), Json.text(SpecWriter.tree(spec)));
  }

  /**
   * Refuses to resume with a spec that has no checkpoint of its own while another run of the same
   * name waits to be continued; lists what differs.
   */
  static void refuseOthers(Home home, RunSpec spec) {
    Path runs = home.folder().resolve("runs");
    if (!Files.isDirectory(runs)) {
      return;
    }
    try (Stream<Path> folders = Files.list(runs)) {
      for (Path run : folders.sorted().toList()) {
        if (Files.exists(run.resolve(CHECKPOINT)) && Files.exists(run.resolve(SPEC))) {
          JsonNode other = Json.read(run.resolve(SPEC));
          if (other.path("name").asString("").equals(spec.name())) {
            throw new PipelineException(
                "resume.other", run.getFileName(), spec.name(), differences(other, spec));
          }
        }
      }
    } catch (IOException e) {
      throw FileException.reading(runs, e);
    }
  }

  private static String differences(JsonNode before, RunSpec spec) {
    TreeMap<String, String> was = new TreeMap<>();
    TreeMap<String, String> is = new TreeMap<>();
    flatten("", before, was);
    flatten("", Json.read(Json.text(SpecWriter.tree(spec)), "spec"), is);
    List<String> differences = Differences.between(was, is);
    if (differences.isEmpty()) {
      return "data";
    }
    return String.join("; ", differences.subList(0, Math.min(SHOWN, differences.size())))
        + (differences.size() > SHOWN ? " …" : "");
  }

  private static void flatten(String path, JsonNode node, TreeMap<String, String> out) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              entry ->
                  flatten(
                      path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(),
                      entry.getValue(),
                      out));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "[" + i + "]", node.get(i), out);
      }
    } else {
      out.put(path, node.isString() ? node.asString("") : node.toString());
    }
  }
}
