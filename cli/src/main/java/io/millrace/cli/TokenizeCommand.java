package io.millrace.cli;

import io.millrace.data.language.Document;
import io.millrace.data.language.TextFiles;
import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Texts to tokens and back, or a new vocabulary learned from texts. */
@Command(name = "tokenize", resourceBundle = "io.millrace.cli.help")
final class TokenizeCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(index = "0", paramLabel = "FOLDER", descriptionKey = "tokenize.folder")
  private @Nullable Path folder;

  @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", descriptionKey = "tokenize.text")
  private @Nullable String text;

  @Option(names = "--ids", paramLabel = "1,2,3", split = ",", descriptionKey = "tokenize.ids")
  private long @Nullable [] ids;

  @Option(names = "--plain", descriptionKey = "tokenize.plain")
  private boolean plain;

  @Option(names = "--train", paramLabel = "FILE", descriptionKey = "tokenize.train")
  private List<Path> train = List.of();

  @Option(
      names = "--size",
      paramLabel = "N",
      defaultValue = "8000",
      descriptionKey = "tokenize.size")
  private int size;

  @Option(names = "--characters", descriptionKey = "tokenize.characters")
  private boolean characters;

  @Option(names = "--special", paramLabel = "TOKEN", descriptionKey = "tokenize.special")
  private List<String> special = List.of("<|endoftext|>");

  @Override
  public Integer call() {
    options.home();
    Path place = Objects.requireNonNull(folder);
    int ways = (text == null ? 0 : 1) + (ids == null ? 0 : 1) + (train.isEmpty() ? 0 : 1);
    if (ways != 1) {
      throw new CliException("tokenize.one");
    }
    if (!train.isEmpty()) {
      learn(place);
      return 0;
    }
    try (Tokenizer tokenizer = Tokenizer.open(place)) {
      if (ids != null) {
        String decoded = tokenizer.decode(ids, true);
        options.print(Map.of("text", decoded), decoded);
      } else {
        String given = Objects.requireNonNull(text);
        show(plain ? tokenizer.encodePlain(given) : tokenizer.encode(given));
      }
      return 0;
    }
  }

  private void show(Encoding encoding) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("ids", encoding.ids());
    result.put("tokens", encoding.tokens());
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < encoding.size(); i++) {
      lines.append(encoding.ids()[i]).append('\t').append(encoding.tokens()[i]).append('\n');
    }
    options.print(result, lines.append(Text.of("tokenize.count", encoding.size())).toString());
  }

  private void learn(Path place) {
    Iterable<String> lines = () -> TextFiles.documents(train).map(Document::text).iterator();
    try (Tokenizer learned =
        characters
            ? TokenizerTrainer.characters(lines, special)
            : TokenizerTrainer.train(lines, new TokenizerTrainer.Options(size, special, 2))) {
      Files.createDirectories(place);
      learned.save(place);
      options.print(
          Map.of("folder", place.toString(), "size", learned.size()),
          Text.of("tokenize.learned", learned.size(), place));
    } catch (IOException e) {
      throw FileException.writing(place, e);
    }
  }
}
