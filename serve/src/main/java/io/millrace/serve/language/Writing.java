package io.millrace.serve.language;

import io.millrace.data.tokenizer.StreamDecoder;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import io.millrace.model.generation.Choice;
import io.millrace.serve.engine.Listener;
import io.millrace.serve.engine.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns the tokens of a request into pieces of text. */
final class Writing implements Listener {
  /**
   * How an answer is told.
   *
   * @param stops texts that end it
   * @param tokens whether pieces tell their tokens with log-probabilities
   * @param tools functions that it may call; absent: none
   */
  record How(List<String> stops, boolean tokens, @Nullable Tools tools) {}

  /** One copy's text. */
  private static final class Copy {
    final @Nullable StreamDecoder decoder;
    final StopStrings stops;
    final @Nullable ToolReader calls;
    final List<Choice> held = new ArrayList<>();
    boolean over;

    Copy(@Nullable Tokenizer tokenizer, How how) {
      this.decoder = tokenizer == null ? null : tokenizer.stream();
      this.stops = new StopStrings(how.stops);
      this.calls = how.tools == null ? null : how.tools.reader();
    }
  }

  private final Order order;
  private final @Nullable Tokenizer tokenizer;
  private final How how;
  private final TextWork.Events events;
  private final List<Copy> copies = new ArrayList<>();
  private final long arrived = System.nanoTime();
  private long begun = arrived;
  private long first;
  private long written;
  private int open;

  Writing(Order order, @Nullable Tokenizer tokenizer, How how, TextWork.Events events) {
    this.order = order;
    this.tokenizer = tokenizer;
    this.how = how;
    this.events = events;
    this.open = order.copies();
    for (int i = 0; i < order.copies(); i++) {
      copies.add(new Copy(tokenizer, how));
    }
  }

  @Override
  public void begun() {
    begun = System.nanoTime();
  }

  @Override
  public boolean token(int index, Choice choice) {
    Copy copy = copies.get(index);
    if (written++ == 0) {
      first = System.nanoTime();
    }
    boolean end = order.sampling().ends().contains(choice.id());
    if (!end) {
      copy.held.add(choice);
    }
    String text = "";
    if (copy.decoder != null && !end) {
      text = copy.stops.add(mark(choice.id()) + copy.decoder.add(choice.id()));
      text = copy.calls == null ? text : copy.calls.add(text);
    }
    List<ToolCall> calls = copy.calls == null ? List.of() : copy.calls.calls();
    if (!text.isEmpty() || !calls.isEmpty() || (copy.decoder == null && !end)) {
      piece(index, copy, text, calls, null);
    }
    return !copy.stops.stopped();
  }

  /** Tokens that are no text but tell of calls, where calls are looked for. */
  private String mark(long id) {
    if (how.tools == null || tokenizer == null || !tokenizer.isSpecial(id)) {
      return "";
    }
    String token = tokenizer.token(id);
    return token != null && ToolFormat.isMark(token) ? token : "";
  }

  private void piece(
      int index, Copy copy, String text, List<ToolCall> calls, @Nullable String finish) {
    ObjectNode piece = Json.object();
    piece.put("copy", index);
    piece.put("text", text);
    if (how.tokens || tokenizer == null) {
      ArrayNode all = piece.putArray("tokens");
      copy.held.forEach(choice -> token(all.addObject(), choice));
    }
    copy.held.clear();
    if (!calls.isEmpty()) {
      ArrayNode all = piece.putArray("calls");
      for (ToolCall call : calls) {
        ObjectNode one = all.addObject().put("id", call.id()).put("name", call.name());
        one.put("arguments", call.arguments());
      }
    }
    if (finish != null) {
      piece.put("finish", finish);
    }
    events.piece(piece);
  }

  private void token(ObjectNode node, Choice choice) {
    node.put("id", choice.id());
    name(node, choice.id());
    node.put("logprob", choice.logProbability());
    ArrayNode top = node.putArray("top");
    for (Choice.Alternative other : choice.alternatives()) {
      ObjectNode one = top.addObject();
      one.put("id", other.id());
      name(one, other.id());
      one.put("logprob", other.logProbability());
    }
  }

  private void name(ObjectNode node, long id) {
    if (tokenizer != null) {
      node.put("token", tokenizer.decode(List.of(id)));
    }
  }

  @Override
  public void finished(int index, Finish finish) {
    Copy copy = copies.get(index);
    if (copy.over) {
      return;
    }
    copy.over = true;
    String rest = "";
    if (copy.decoder != null) {
      rest = copy.stops.add(copy.decoder.end()) + copy.stops.end();
    }
    List<ToolCall> calls = List.of();
    if (copy.calls != null) {
      rest = copy.calls.add(rest) + copy.calls.end();
      calls = copy.calls.calls();
    }
    piece(index, copy, rest, calls, finish.name().toLowerCase(Locale.ROOT));
    if (--open == 0) {
      ObjectNode usage = Json.object();
      usage.put("prompt_tokens", order.prompt().length);
      usage.put("completion_tokens", written);
      long now = System.nanoTime();
      long read = first == 0 ? now : first;
      ObjectNode spans = usage.putObject("spans");
      spans.put("waiting", (begun - arrived) / 1e6).put("reading", (read - begun) / 1e6);
      spans.put("writing", (now - read) / 1e6);
      events.done(usage);
    }
  }

  @Override
  public void failed(RuntimeException problem) {
    events.failed(problem);
  }
}
