package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.serve.ServeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a folder says of texts. A request has {@code texts} and {@code judge}: {@code say} (classes,
 * names, answers; with {@code pair} a second text for all) or {@code score} (how well each fits the
 * text {@code pair}). A piece has {@code said} or {@code score}.
 */
final class JudgeReader implements Reader {
  private final TextJudge judge;

  private JudgeReader(TextJudge judge) {
    this.judge = judge;
  }

  static JudgeReader open(Path folder) {
    return new JudgeReader(TextJudge.open(folder));
  }

  @Override
  public Task prepare(ObjectNode request) {
    String wanted = request.path("judge").asString("");
    if (wanted.isEmpty() || !request.has("texts")) {
      throw ServeException.wrong("engine.judges");
    }
    List<String> texts = new ArrayList<>();
    request.path("texts").forEach(text -> texts.add(text.asString("")));
    String pair = request.hasNonNull("pair") ? request.path("pair").asString("") : null;
    boolean scores = wanted.equals("score");
    if (scores && judge.kind() != TextJudge.Kind.CLASSES) {
      throw ServeException.wrong("engine.scores");
    }
    return new Task() {
      @Override
      public long tokens() {
        return texts.stream().mapToLong(text -> judge.tokens(text, pair)).sum();
      }

      @Override
      public List<ObjectNode> run() {
        List<ObjectNode> pieces = new ArrayList<>();
        for (String text : texts) {
          pieces.add(piece(text, pair, scores).put("copy", pieces.size()));
        }
        return pieces;
      }
    };
  }

  private ObjectNode piece(String text, @Nullable String pair, boolean scores) {
    ObjectNode piece = Json.object();
    if (scores) {
      return piece.put("score", judge.relevance(pair == null ? "" : pair, text));
    }
    return piece.set("said", Json.mapper().valueToTree(judge.judge(text, pair)));
  }

  @Override
  public void warmUp() {
    judge.judge("warm", judge.kind() == TextJudge.Kind.ANSWERS ? "warm" : null);
  }

  @Override
  public void close() {
    judge.close();
  }
}
