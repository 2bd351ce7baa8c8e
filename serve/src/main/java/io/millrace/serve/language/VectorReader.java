package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.serve.ServeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Texts as vectors. A request has {@code texts}, or {@code ids}, a list of lists; a piece is the
 * {@code vector} of the text of number {@code copy}.
 */
final class VectorReader implements Reader {
  private final TextEmbedder embedder;

  private VectorReader(TextEmbedder embedder) {
    this.embedder = embedder;
  }

  static VectorReader open(Path folder, Precision precision) {
    return new VectorReader(TextEmbedder.open(folder, null, precision.weights()));
  }

  @Override
  public Task prepare(ObjectNode request) {
    List<long[]> ids = ids(request);
    return new Task() {
      @Override
      public long tokens() {
        return ids.stream().mapToLong(one -> one.length).sum();
      }

      @Override
      public List<ObjectNode> run() {
        List<ObjectNode> pieces = new ArrayList<>();
        for (float[] values : embedder.embedIds(ids)) {
          ObjectNode piece = Json.object().put("copy", pieces.size());
          ArrayNode vector = piece.putArray("vector");
          for (float value : values) {
            vector.add(value);
          }
          pieces.add(piece);
        }
        return pieces;
      }
    };
  }

  private List<long[]> ids(ObjectNode request) {
    if (request.has("texts") && !request.has("judge")) {
      List<String> texts = new ArrayList<>();
      request.path("texts").forEach(text -> texts.add(text.asString("")));
      return embedder.ids(texts);
    }
    if (!request.has("ids")) {
      throw ServeException.wrong("engine.vectors");
    }
    List<long[]> all = new ArrayList<>();
    for (JsonNode row : request.path("ids")) {
      long[] ids = new long[row.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = row.get(i).asLong(-1);
      }
      all.add(ids);
    }
    return all;
  }

  @Override
  public void warmUp() {
    embedder.embed(List.of("warm"));
  }

  @Override
  public void close() {
    embedder.close();
  }
}
