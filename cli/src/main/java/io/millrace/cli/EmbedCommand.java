package io.millrace.cli;

import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Pooling;
import io.millrace.serve.language.TextEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Texts in, vectors out: one JSON object a text. */
@Command(name = "embed", resourceBundle = "io.millrace.cli.help")
final class EmbedCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(index = "0", paramLabel = "FOLDER", descriptionKey = "model.folder")
  private @Nullable Path folder;

  @Parameters(index = "1..*", paramLabel = "TEXT", descriptionKey = "embed.texts")
  private List<String> texts = List.of();

  @Option(names = "--input", paramLabel = "FILE", descriptionKey = "embed.input")
  private @Nullable Path input;

  @Option(names = "--output", paramLabel = "FILE", descriptionKey = "embed.output")
  private @Nullable Path output;

  @Option(names = "--pooling", paramLabel = "mean|cls|last|max", descriptionKey = "embed.pooling")
  private @Nullable Pooling pooling;

  @Option(names = "--dtype", paramLabel = "TYPE", descriptionKey = "write.dtype")
  private @Nullable String dtype;

  @Override
  public Integer call() {
    options.home();
    List<String> all = new ArrayList<>(texts);
    if (input != null) {
      try {
        all.addAll(Files.readAllLines(input));
      } catch (IOException e) {
        throw FileException.reading(input, e);
      }
    }
    if (all.isEmpty()) {
      throw new CliException("embed.none");
    }
    try (TextEmbedder embedder =
        TextEmbedder.open(Objects.requireNonNull(folder), pooling, WriteOptions.dtype(dtype))) {
      List<float[]> vectors = embedder.embed(all);
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < vectors.size(); i++) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("text", all.get(i));
        line.put("embedding", vectors.get(i));
        lines.add(Json.text(line));
      }
      if (output != null) {
        AtomicFile.write(output, String.join("\n", lines) + "\n");
        Console.info(Text.of("embed.written", lines.size(), output));
      } else {
        Console.result(
            options.json ? "[" + String.join(",", lines) + "]" : String.join("\n", lines));
      }
      return 0;
    }
  }
}
