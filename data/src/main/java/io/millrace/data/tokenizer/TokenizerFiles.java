package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Finds a folder's tokenizer, whatever form it has. */
final class TokenizerFiles {
  /** The largest known is under 40 MB. */
  private static final long LARGEST = 128L << 20;

  private static final List<String> PIECES =
      List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model");

  private TokenizerFiles() {}

  static Tokenizer open(Path path) {
    if (Files.isRegularFile(path)) {
      return file(path, new SpecialTokens(Map.of()), Json.object());
    }
    if (!Files.isDirectory(path)) {
      throw new DataException("tokenizer.none", path);
    }
    JsonNode config = config(path, "tokenizer_config.json");
    Map<String, String> roles = new HashMap<>();
    readRoles(config(path, "special_tokens_map.json"), roles);
    readRoles(config, roles);
    SpecialTokens specials = new SpecialTokens(Map.copyOf(roles));
    Path json = path.resolve("tokenizer.json");
    if (Files.isRegularFile(json)) {
      return file(json, specials, config);
    }
    Path merges = path.resolve("merges.txt");
    Path vocabulary = path.resolve("vocab.json");
    if (Files.isRegularFile(merges) && Files.isRegularFile(vocabulary)) {
      String made =
          Json.text(MergesFile.convert(Json.read(checked(vocabulary)), text(merges), specials));
      return new Tokenizer(made, merges.toString(), specials);
    }
    Path source = path.resolve("source.spm");
    if (Files.isRegularFile(source) && Files.isRegularFile(vocabulary)) {
      SentencePieceFile pieces = SentencePieceFile.read(bytes(source), source);
      String made = Json.text(pieces.translator(Json.read(checked(vocabulary)), vocabulary));
      return new Tokenizer(made, source.toString(), pieces.specials(specials));
    }
    for (String name : PIECES) {
      if (Files.isRegularFile(path.resolve(name))) {
        return file(path.resolve(name), specials, config);
      }
    }
    Path words = path.resolve("vocab.txt");
    if (Files.isRegularFile(words)) {
      return file(words, specials, config);
    }
    try (Stream<Path> files = Files.list(path)) {
      List<Path> ranks =
          files.filter(file -> file.toString().endsWith(".tiktoken")).sorted().toList();
      if (ranks.size() == 1) {
        return file(ranks.getFirst(), specials, config);
      }
    } catch (IOException e) {
      throw FileException.reading(path, e);
    }
    throw new DataException("tokenizer.none", path);
  }

  private static Tokenizer file(Path file, SpecialTokens given, JsonNode config) {
    String name = String.valueOf(file.getFileName());
    SpecialTokens specials = given;
    String json;
    if (name.endsWith(".json")) {
      json = text(file);
    } else if (name.endsWith(".txt")) {
      WordPieceFile words = WordPieceFile.read(text(file), config);
      json = Json.text(words.json());
      specials = words.specials(given);
    } else if (name.endsWith(".tiktoken")) {
      json = Json.text(TiktokenFile.convert(text(file), file));
    } else if (name.endsWith(".model") || name.endsWith(".spm")) {
      SentencePieceFile pieces = SentencePieceFile.read(bytes(file), file);
      json = Json.text(pieces.json(config));
      specials = pieces.specials(given);
    } else {
      throw new DataException("tokenizer.kind", file);
    }
    return new Tokenizer(json, file.toString(), specials);
  }

  /** The vocabulary of llama2.c, which puts a beginning before every text. */
  static Tokenizer llama2c(Path file) {
    SentencePieceFile pieces = SentencePieceFile.readLlama2c(bytes(file), file);
    JsonNode config = Json.object().put("add_bos_token", true);
    return new Tokenizer(
        Json.text(pieces.json(config)),
        file.toString(),
        pieces.specials(new SpecialTokens(Map.of())));
  }

  private static JsonNode config(Path folder, String name) {
    Path file = folder.resolve(name);
    return Files.isRegularFile(file) ? Json.read(checked(file)) : Json.object();
  }

  /** Roles are texts or objects with the text as {@code content}. */
  private static void readRoles(JsonNode config, Map<String, String> roles) {
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      if (entry.getKey().endsWith("_token")) {
        JsonNode value = entry.getValue();
        JsonNode text = value.isObject() ? value.path("content") : value;
        if (text.isString()) {
          roles.put(entry.getKey(), text.asString());
        }
      }
    }
  }

  private static Path checked(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST) {
        throw new DataException("tokenizer.large", file, size >> 20, LARGEST >> 20);
      }
      return file;
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(checked(file));
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new DataException("tokenizer.encoding", file);
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(checked(file));
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }
}
