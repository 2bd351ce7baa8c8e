package io.millrace.data.tokenizer;

import io.millrace.data.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A SentencePiece model (Kudo & Richardson 2018): a protocol buffer with pieces, scores and how
 * texts are normalized. Field numbers are those of its {@code sentencepiece_model.proto}.
 */
final class SentencePieceFile {
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER = 4;
  private static final int BYTE = 6;
  private static final int BYTE_PAIRS = 2;
  private static final String SPACE = "▁";

  /** So low that a piece is taken only where nothing else fits. */
  private static final float FOREIGN = -100_000;

  private record Piece(String text, float score, int type) {}

  private final List<Piece> pieces = new ArrayList<>();
  private final Path file;
  private int modelType = 1;
  private boolean byteFallback;
  private byte[] normalizer = new byte[0];
  private boolean prefix = true;
  private boolean squeezes = true;

  private SentencePieceFile(Path file) {
    this.file = file;
  }

  static SentencePieceFile read(byte[] bytes, Path file) {
    SentencePieceFile read = new SentencePieceFile(file);
    try {
      read.model(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new DataException("tokenizer.pieces", file);
    }
    if (read.pieces.isEmpty() || (read.modelType != 1 && read.modelType != BYTE_PAIRS)) {
      throw new DataException("tokenizer.pieces", file);
    }
    return read;
  }

  /**
   * The vocabulary of llama2.c: the length of the longest piece, then for each a score, a length
   * and bytes, with blanks where SentencePiece writes ▁. Pieces 0 to 2 are those of Llama.
   */
  static SentencePieceFile readLlama2c(byte[] bytes, Path file) {
    SentencePieceFile read = new SentencePieceFile(file);
    read.modelType = BYTE_PAIRS;
    read.byteFallback = true;
    read.squeezes = false;
    String[] first = {"<unk>", "<s>", "</s>"};
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      in.getInt();
      while (in.hasRemaining()) {
        float score = in.getFloat();
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
          throw new IllegalArgumentException();
        }
        byte[] text = new byte[length];
        in.get(text);
        int id = read.pieces.size();
        String piece = new String(text, StandardCharsets.UTF_8).replace(" ", SPACE);
        boolean isByte = piece.matches("<0x[0-9A-F]{2}>");
        int type = id == 0 ? UNKNOWN : id < first.length ? CONTROL : isByte ? BYTE : 1;
        read.pieces.add(new Piece(id < first.length ? first[id] : piece, score, type));
      }
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new DataException("tokenizer.pieces", file);
    }
    if (read.pieces.size() <= first.length) {
      throw new DataException("tokenizer.pieces", file);
    }
    return read;
  }

  /**
   * Pieces as GGUF files list them: BPE by scores, no normalization beyond blanks.
   *
   * @param types as SentencePiece numbers them
   */
  static SentencePieceFile of(
      List<String> texts, List<Float> scores, List<Integer> types, boolean prefix, Path file) {
    SentencePieceFile made = new SentencePieceFile(file);
    made.modelType = BYTE_PAIRS;
    made.byteFallback = types.contains(BYTE);
    made.squeezes = false;
    made.prefix = prefix;
    for (int i = 0; i < texts.size(); i++) {
      made.pieces.add(new Piece(texts.get(i), scores.get(i), types.get(i)));
    }
    return made;
  }

  private void model(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = number(in);
      if (tag == (1 << 3 | 2)) {
        piece(part(in));
      } else if (tag == (2 << 3 | 2)) {
        trainer(part(in));
      } else if (tag == (3 << 3 | 2)) {
        normalizing(part(in));
      } else {
        skip(in, tag);
      }
    }
  }

  private void piece(ByteBuffer in) {
    String text = "";
    float score = 0;
    int type = 1;
    while (in.hasRemaining()) {
      long tag = number(in);
      if (tag == (1 << 3 | 2)) {
        text = StandardCharsets.UTF_8.decode(part(in)).toString();
      } else if (tag == (2 << 3 | 5)) {
        score = in.getFloat();
      } else if (tag == (3 << 3)) {
        type = (int) number(in);
      } else {
        skip(in, tag);
      }
    }
    pieces.add(new Piece(text, score, type));
  }

  private void trainer(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = number(in);
      if (tag == (3 << 3)) {
        modelType = (int) number(in);
      } else if (tag == (35 << 3)) {
        byteFallback = number(in) != 0;
      } else {
        skip(in, tag);
      }
    }
  }

  private void normalizing(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = number(in);
      if (tag == (2 << 3 | 2)) {
        ByteBuffer map = part(in);
        normalizer = new byte[map.remaining()];
        map.get(normalizer);
      } else if (tag == (3 << 3)) {
        prefix = number(in) != 0;
      } else if (tag == (4 << 3)) {
        squeezes = number(in) != 0;
      } else {
        skip(in, tag);
      }
    }
  }

  private static ByteBuffer part(ByteBuffer in) {
    long length = number(in);
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException();
    }
    ByteBuffer part = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return part;
  }

  private static long number(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException();
  }

  private static void skip(ByteBuffer in, long tag) {
    switch ((int) (tag & 7)) {
      case 0 -> number(in);
      case 1 -> in.getLong();
      case 2 -> part(in);
      case 5 -> in.getInt();
      default -> throw new IllegalArgumentException();
    }
  }

  /** The same as {@code tokenizer.json}; the configuration says what stands around a text. */
  ObjectNode json(JsonNode config) {
    ObjectNode root = TokenizerJson.of(modelType == BYTE_PAIRS ? bytePairs() : unigram());
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      if (piece.type == CONTROL || piece.type == USER || piece.type == UNKNOWN) {
        TokenizerJson.add(root, id, piece.text, piece.type != USER);
      }
    }
    normalize(root);
    Map<String, Integer> before = new LinkedHashMap<>();
    Map<String, Integer> after = new LinkedHashMap<>();
    boolean t5 = config.path("tokenizer_class").asString("").startsWith("T5");
    if (config.path("add_bos_token").asBoolean(false)) {
      put(before, config.path("bos_token").asString("<s>"));
    }
    if (config.path("add_eos_token").asBoolean(t5)) {
      put(after, config.path("eos_token").asString("</s>"));
    }
    if (!before.isEmpty() || !after.isEmpty()) {
      root.set("post_processor", TokenizerJson.around(before, after));
    }
    return root;
  }

  /**
   * Marian's translators: the source language's pieces cut a text, and a list that holds the target
   * language's too says their ids. A piece that only the target has is taken where the source knows
   * none of its characters.
   *
   * @param vocabulary ids by piece, {@code vocab.json}
   * @param place where that stands
   */
  ObjectNode translator(JsonNode vocabulary, Path place) {
    Map<String, Float> scores = new HashMap<>();
    for (Piece piece : pieces) {
      if (piece.type != UNKNOWN && piece.type != CONTROL) {
        scores.put(piece.text, piece.score);
      }
    }
    String[] byId = new String[vocabulary.size()];
    for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
      int id = entry.getValue().asInt(-1);
      if (id < 0 || id >= byId.length || byId[id] != null) {
        throw new DataException("tokenizer.ids", place, entry.getKey(), id, byId.length - 1);
      }
      byId[id] = entry.getKey();
    }
    int unknown = vocabulary.path("<unk>").asInt(-1);
    int end = vocabulary.path("</s>").asInt(-1);
    if (modelType == BYTE_PAIRS || unknown < 0 || end < 0) {
      throw new DataException("tokenizer.pieces", unknown < 0 || end < 0 ? place : file);
    }
    ObjectNode model = TokenizerJson.typed("Unigram");
    model.put("unk_id", unknown);
    model.put("byte_fallback", false);
    ArrayNode list = model.putArray("vocab");
    ObjectNode root = TokenizerJson.of(model);
    for (int id = 0; id < byId.length; id++) {
      String text = byId[id];
      list.addArray().add(text).add((double) scores.getOrDefault(text, FOREIGN));
      boolean language = text.startsWith(">>") && text.endsWith("<<");
      if (language || text.equals("<unk>") || text.equals("</s>") || text.equals("<pad>")) {
        TokenizerJson.add(root, id, text, !language);
      }
    }
    normalize(root);
    root.set("post_processor", TokenizerJson.around(Map.of(), Map.of("</s>", end)));
    return root;
  }

  private void put(Map<String, Integer> around, String token) {
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).text.equals(token)) {
        around.put(token, id);
      }
    }
  }

  private void normalize(ObjectNode root) {
    List<ObjectNode> steps = new ArrayList<>();
    if (normalizer.length > 0) {
      ObjectNode precompiled = TokenizerJson.typed("Precompiled");
      precompiled.put("precompiled_charsmap", Base64.getEncoder().encodeToString(normalizer));
      steps.add(precompiled);
    }
    if (squeezes) {
      ObjectNode strip = TokenizerJson.typed("Strip");
      strip.put("strip_left", true);
      strip.put("strip_right", true);
      steps.add(strip);
      steps.add(TokenizerJson.replace("Regex", " {2,}", " "));
    }
    if (modelType == BYTE_PAIRS && prefix) {
      ObjectNode prepend = TokenizerJson.typed("Prepend");
      prepend.put("prepend", SPACE);
      steps.add(prepend);
    }
    if (modelType == BYTE_PAIRS) {
      steps.add(TokenizerJson.replace("String", " ", SPACE));
      ObjectNode strip = TokenizerJson.typed("Strip");
      strip.put("content", " ");
      strip.put("start", prefix ? 1 : 0);
      strip.put("stop", 0);
      root.set(
          "decoder",
          TokenizerJson.sequence(
              "decoders",
              TokenizerJson.replace("String", SPACE, " "),
              TokenizerJson.typed("ByteFallback"),
              TokenizerJson.typed("Fuse"),
              strip));
    } else {
      root.set("pre_tokenizer", metaspace());
      root.set("decoder", metaspace());
    }
    if (!steps.isEmpty()) {
      root.set(
          "normalizer", TokenizerJson.sequence("normalizers", steps.toArray(ObjectNode[]::new)));
    }
  }

  private ObjectNode metaspace() {
    ObjectNode node = TokenizerJson.typed("Metaspace");
    node.put("replacement", SPACE);
    node.put("prepend_scheme", prefix ? "always" : "never");
    node.put("split", false);
    return node;
  }

  private ObjectNode unigram() {
    ObjectNode model = TokenizerJson.typed("Unigram");
    model.put("unk_id", unknown());
    ArrayNode vocabulary = model.putArray("vocab");
    for (Piece piece : pieces) {
      vocabulary.addArray().add(piece.text).add((double) piece.score);
    }
    model.put("byte_fallback", byteFallback);
    return model;
  }

  private int unknown() {
    for (int id = 0; id < pieces.size(); id++) {
      if (pieces.get(id).type == UNKNOWN) {
        return id;
      }
    }
    throw new DataException("tokenizer.pieces", file);
  }

  /** Merges in the order of the scores of what they make. */
  private ObjectNode bytePairs() {
    record Pair(String left, String right, float score, int first, int second) {}
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int id = 0; id < pieces.size(); id++) {
      ids.putIfAbsent(pieces.get(id).text, id);
    }
    List<Pair> pairs = new ArrayList<>();
    for (Piece piece : pieces) {
      if (piece.type == CONTROL || piece.type == BYTE || piece.type == UNKNOWN) {
        continue;
      }
      String text = piece.text;
      for (int i = 1; i < text.length(); i++) {
        Integer first = ids.get(text.substring(0, i));
        Integer second = ids.get(text.substring(i));
        if (first != null && second != null) {
          pairs.add(new Pair(text.substring(0, i), text.substring(i), piece.score, first, second));
        }
      }
    }
    pairs.sort(
        Comparator.comparingDouble((Pair pair) -> -pair.score)
            .thenComparingInt(Pair::first)
            .thenComparingInt(Pair::second));
    ObjectNode model =
        TokenizerJson.bytePairs(
            ids, pairs.stream().map(pair -> new String[] {pair.left, pair.right}).toList());
    model.put("unk_token", pieces.get(unknown()).text);
    model.put("fuse_unk", true);
    model.put("byte_fallback", byteFallback);
    return model;
  }

  /** The folder's special tokens, with the model's where it names none. */
  SpecialTokens specials(SpecialTokens given) {
    Map<String, String> roles = new HashMap<>();
    roles.put("unk_token", pieces.get(unknown()).text);
    for (Piece piece : pieces) {
      if (piece.type == CONTROL) {
        switch (piece.text) {
          case "<s>", "<bos>" -> roles.put("bos_token", piece.text);
          case "</s>", "<eos>" -> roles.put("eos_token", piece.text);
          case "<pad>" -> roles.put("pad_token", piece.text);
          default -> {}
        }
      }
    }
    roles.putAll(given.byRole());
    return new SpecialTokens(Map.copyOf(roles));
  }
}
