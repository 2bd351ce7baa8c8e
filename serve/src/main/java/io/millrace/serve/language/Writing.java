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
  /** One copy's text. */
  private static final class Copy {
    final @Nullable StreamDecoder decoder;
    final StopStrings stops;
    final List<Choice> held = new ArrayList<>();
    boolean over;

    Copy(@Nullable Tokenizer tokenizer, List<String> stops) {
      this.decoder = tokenizer == null ? null : tokenizer.stream();
      this.stops = new StopStrings(stops);
    }
  }

  private final Order order;
  private final @Nullable Tokenizer tokenizer;
  private final boolean tokens;
  private final TextWork.Events events;
  private final List<Copy> copies = new ArrayList<>();
  private long written;
  private int open;

  /**
   * @param tokens whether pieces tell their tokens with log-probabilities
   */
  Writing(
      Order order,
      @Nullable Tokenizer tokenizer,
      List<String> stops,
      boolean tokens,
      TextWork.Events events) {
    this.order = order;
    this.tokenizer = tokenizer;
    this.tokens = tokens;
    this.events = events;
    this.open = order.copies();
    for (int i = 0; i < order.copies(); i++) {
      copies.add(new Copy(tokenizer, stops));
    }
  }

  @Override
  public boolean token(int index, Choice choice) {
    Copy copy = copies.get(index);
    written++;
    boolean end = order.sampling().ends().contains(choice.id());
    if (!end) {
      copy.held.add(choice);
    }
    String text = "";
    if (copy.decoder != null && !end) {
      text = copy.stops.add(copy.decoder.add(choice.id()));
    }
    if (!text.isEmpty() || (copy.decoder == null && !end)) {
      piece(index, copy, text, null);
    }
    return !copy.stops.stopped();
  }

  private void piece(int index, Copy copy, String text, @Nullable String finish) {
    ObjectNode piece = Json.object();
    piece.put("copy", index);
    piece.put("text", text);
    if (tokens || tokenizer == null) {
      ArrayNode all = piece.putArray("tokens");
      copy.held.forEach(choice -> token(all.addObject(), choice));
    }
    copy.held.clear();
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
    piece(index, copy, rest, finish.name().toLowerCase(Locale.ROOT));
    if (--open == 0) {
      ObjectNode usage = Json.object();
      usage.put("prompt_tokens", order.prompt().length);
      usage.put("completion_tokens", written);
      events.done(usage);
    }
  }

  @Override
  public void failed(RuntimeException problem) {
    events.failed(problem);
  }
}
