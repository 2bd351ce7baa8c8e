package io.millrace.cli;

import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.folder.Llama2c;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A llama2.c model into a Hugging Face folder. */
@Command(name = "convert", resourceBundle = "io.millrace.cli.help")
final class ConvertCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "MODEL.bin", descriptionKey = "convert.model")
  private @Nullable Path model;

  @Option(names = "--tokenizer", paramLabel = "TOK.bin", descriptionKey = "convert.tokenizer")
  private @Nullable Path tokenizer;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      required = true,
      descriptionKey = "convert.output")
  private @Nullable Path output;

  @Override
  public Integer call() {
    options.home();
    Path folder = Objects.requireNonNull(output);
    Llama2c.convert(Objects.requireNonNull(model), folder);
    if (tokenizer != null) {
      try (Tokenizer vocabulary = Tokenizer.openLlama2c(tokenizer)) {
        vocabulary.save(folder);
      }
    }
    options.print(Map.of("folder", folder.toString()), Text.of("convert.written", folder));
    return 0;
  }
}
