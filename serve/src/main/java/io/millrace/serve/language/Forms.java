package io.millrace.serve.language;

import io.millrace.data.grammar.Grammar;
import io.millrace.data.grammar.TokenFilter;
import io.millrace.data.grammar.Vocabulary;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import io.millrace.model.generation.Guide;
import io.millrace.serve.ServeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The forms that answers may be bound to: {@code form} is an object with one of {@code schema} (a
 * JSON schema), {@code object} (true: any JSON object), {@code regex} and {@code choice} (texts).
 * Forms that were used lately are kept with the states that they were read in.
 */
final class Forms {
  private static final int KEPT = 32;

  private final Tokenizer tokenizer;
  private @Nullable Vocabulary vocabulary;
  private final Map<String, TokenFilter> filters =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TokenFilter> eldest) {
          return size() > KEPT;
        }
      };

  Forms(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Makes guides for a request; null if it binds its answers to nothing. */
  @Nullable Supplier<Guide> of(ObjectNode request, @Nullable Tools tools) {
    JsonNode form = request.path("form");
    Tools forced = tools != null && tools.isForced() ? tools : null;
    if (!form.isObject() && forced == null) {
      return null;
    }
    if (request.path("min_tokens").asInt(0) > 0) {
      throw ServeException.wrong("form.tokens");
    }
    if (forced == null) {
      return bound(Json.text(form), () -> grammar(form));
    }
    if (form.isObject()) {
      throw ServeException.wrong("form.tools");
    }
    return bound("call " + forced.key(), forced::grammar);
  }

  private synchronized Supplier<Guide> bound(String key, Supplier<Grammar> grammar) {
    TokenFilter filter = filters.get(key);
    if (filter == null) {
      Vocabulary known = vocabulary;
      if (known == null) {
        known = Vocabulary.of(tokenizer);
        vocabulary = known;
      }
      filter = new TokenFilter(grammar.get(), known);
      filters.put(key, filter);
    }
    TokenFilter used = filter;
    return () -> new Bound(used.start());
  }

  private static Grammar grammar(JsonNode form) {
    if (form.has("regex")) {
      return Grammar.regex(form.path("regex").asString(""));
    }
    if (form.has("choice")) {
      List<String> texts = new ArrayList<>();
      form.path("choice").forEach(one -> texts.add(one.asString("")));
      return Grammar.anyOf(texts);
    }
    return form.has("schema") ? Grammar.schema(form.path("schema")) : Grammar.object();
  }

  /** A text bound to a grammar. */
  private record Bound(TokenFilter.Place place) implements Guide {
    @Override
    public void narrow(float[] scores, Set<Long> ends, int left) {
      place.narrow(scores, ends, left);
    }

    @Override
    public void take(long id) {
      place.take(id);
    }

    @Override
    public boolean isOver() {
      return place.isOver();
    }
  }
}
