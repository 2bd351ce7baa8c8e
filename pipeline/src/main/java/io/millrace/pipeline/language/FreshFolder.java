package io.millrace.pipeline.language;

import io.millrace.data.language.Document;
import io.millrace.data.language.TextFiles;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** A folder to begin with: a vocabulary learned from the training files, a configuration for it. */
final class FreshFolder {
  private static final String END = "<|endoftext|>";

  private FreshFolder() {}

  /**
   * Writes the folder, unless an earlier run has.
   *
   * @param shape the folder with {@code config.json}
   */
  static void write(
      Path target, Path shape, TuneSpec.Vocabulary wanted, List<Path> files, String key) {
    if (Files.isRegularFile(target.resolve("config.json"))) {
      return;
    }
    List<String> texts = new ArrayList<>();
    try (Stream<Document> documents = TextFiles.documents(files, key)) {
      documents.map(Document::text).forEach(texts::add);
    }
    try (Tokenizer learned =
        wanted.kind() == TuneSpec.Vocabulary.Kind.CHARACTERS
            ? TokenizerTrainer.characters(texts, List.of(END))
            : TokenizerTrainer.train(texts, new TokenizerTrainer.Options(wanted.size(), END))) {
      Files.createDirectories(target);
      learned.save(target);
      Path roles = target.resolve("tokenizer_config.json");
      Json.write(
          roles, ((ObjectNode) Json.read(roles)).put("bos_token", END).put("eos_token", END));
      ObjectNode config = (ObjectNode) Json.read(shape.resolve("config.json"));
      config.put("vocab_size", learned.size()).put("bos_token_id", 0).put("eos_token_id", 0);
      Json.write(target.resolve("config.json"), config);
    } catch (IOException e) {
      throw FileException.writing(target, e);
    }
  }
}
