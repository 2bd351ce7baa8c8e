package io.millrace.pipeline.language;

import io.millrace.data.language.ConllFile;
import io.millrace.data.language.Document;
import io.millrace.data.language.QuestionFile;
import io.millrace.data.language.TextFiles;
import io.millrace.data.language.TextTable;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** A folder to begin with: a vocabulary learned from the training files, a configuration for it. */
final class FreshFolder {
  private static final String END = "<|endoftext|>";

  /**
   * The special tokens of a kind of model.
   *
   * @param tokens in the order of their ids
   * @param roles what they are for
   * @param before those before every text
   * @param after those behind every text
   * @param ids keys of the configuration
   */
  private record Specials(
      List<String> tokens,
      Map<String, String> roles,
      List<String> before,
      List<String> after,
      Map<String, Integer> ids) {
    static Specials of(ObjectNode config, TuneSpec.Vocabulary.Kind kind) {
      String type = config.path("model_type").asString("");
      if (kind == TuneSpec.Vocabulary.Kind.WORDS) {
        return reading("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
      }
      return switch (type) {
        case "bert", "distilbert", "electra" ->
            reading("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");
        // Positions are counted from behind the padding's row, which is the second.
        case "roberta", "xlm-roberta", "mpnet" ->
            reading("<unk>", "<pad>", "<s>", "</s>", "<mask>");
        case "t5", "bart", "marian" ->
            new Specials(
                List.of("<pad>", "</s>"),
                Map.of("pad_token", "<pad>", "eos_token", "</s>"),
                List.of(),
                List.of("</s>"),
                Map.of("pad_token_id", 0, "eos_token_id", 1, "decoder_start_token_id", 0));
        default ->
            new Specials(
                List.of(END),
                Map.of("bos_token", END, "eos_token", END),
                List.of(),
                List.of(),
                Map.of("bos_token_id", 0, "eos_token_id", 0));
      };
    }

    private static Specials reading(
        String first, String second, String begin, String end, String mask) {
      boolean paddingFirst = first.equals("[PAD]");
      Map<String, String> roles = new LinkedHashMap<>();
      roles.put("pad_token", paddingFirst ? first : second);
      roles.put("unk_token", paddingFirst ? second : first);
      roles.put("cls_token", begin);
      roles.put("sep_token", end);
      roles.put("mask_token", mask);
      return new Specials(
          List.of(first, second, begin, end, mask),
          roles,
          List.of(begin),
          List.of(end),
          Map.of("pad_token_id", paddingFirst ? 0 : 1));
    }
  }

  private static final String CONFIG = "config.json";
  private static final String TEMPLATE = "chat_template.jinja";

  private FreshFolder() {}

  /** Whether all was written; the configuration comes last. */
  static boolean isWhole(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /**
   * Writes the folder over what an earlier run may have left there.
   *
   * @param shape the folder with {@code config.json}
   * @param place where the spec's paths begin
   */
  static void write(Path target, Path shape, TuneSpec spec, Path place) {
    TuneSpec.Vocabulary wanted = java.util.Objects.requireNonNull(spec.vocabulary());
    ObjectNode config = (ObjectNode) Json.read(shape.resolve(CONFIG));
    Specials specials = Specials.of(config, wanted.kind());
    TokenizerTrainer.Options options =
        new TokenizerTrainer.Options(wanted.size(), specials.tokens, 2)
            .around(specials.before, specials.after);
    List<String> texts = texts(spec, place);
    try (Tokenizer learned =
        switch (wanted.kind()) {
          case CHARACTERS -> TokenizerTrainer.characters(texts, options);
          case WORDS -> TokenizerTrainer.words(texts, options);
          case BYTES -> TokenizerTrainer.train(texts, options);
        }) {
      Files.createDirectories(target);
      learned.save(target);
      Path roles = target.resolve("tokenizer_config.json");
      ObjectNode written = (ObjectNode) Json.read(roles);
      specials.roles.forEach(written::put);
      Json.write(roles, written);
      config.put("vocab_size", learned.size());
      specials.ids.forEach(config::put);
      Path template = shape.resolve(TEMPLATE);
      if (Files.isRegularFile(template)) {
        Files.copy(template, target.resolve(TEMPLATE), StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.deleteIfExists(target.resolve(TEMPLATE));
      }
      Json.write(target.resolve(CONFIG), config);
    } catch (IOException e) {
      throw FileException.writing(target, e);
    }
  }

  /** What the training files hold, by the task. */
  private static List<String> texts(TuneSpec spec, Path place) {
    TuneSpec.Data data = spec.data();
    List<Path> files = data.train().stream().map(place::resolve).toList();
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      switch (spec.task()) {
        case TAG ->
            ConllFile.read(file, data.key(), data.label())
                .forEach(row -> texts.add(String.join(" ", row.words())));
        case ANSWER ->
            QuestionFile.read(file)
                .forEach(
                    asked -> {
                      texts.add(asked.question());
                      texts.add(asked.context());
                    });
        case CLASSIFY, EMBED, REWRITE -> {
          List<String> columns = new ArrayList<>(List.of(data.key()));
          if (spec.task() == TuneSpec.Task.REWRITE) {
            columns.add(data.target());
          } else if (data.pair() != null) {
            columns.add(data.pair());
          }
          for (TextTable.Row row : TextTable.read(file, data.columns())) {
            columns.forEach(column -> texts.add(row.text(column)));
          }
        }
        default -> {
          try (Stream<Document> documents =
              TextFiles.documents(List.of(file), data.key(), data.lines(), data.columns())) {
            documents.map(Document::text).forEach(texts::add);
          }
        }
      }
    }
    return texts;
  }
}
