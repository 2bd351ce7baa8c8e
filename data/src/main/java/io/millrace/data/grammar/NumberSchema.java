package io.millrace.data.grammar;

import io.millrace.data.DataException;
import java.math.BigDecimal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Schemas of numbers. */
final class NumberSchema {
  static final Set<String> KEYS =
      Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");

  private static final int MOST_DIGITS = 40;

  private NumberSchema() {}

  static Grammar grammar(JsonNode schema, boolean whole, String place) {
    NumberGrammar.Bound low =
        tighter(
            bound(schema, "minimum", false, place),
            bound(schema, "exclusiveMinimum", true, place),
            1);
    NumberGrammar.Bound high =
        tighter(
            bound(schema, "maximum", false, place),
            bound(schema, "exclusiveMaximum", true, place),
            -1);
    Grammar grammar = NumberGrammar.between(low, high, whole);
    if (grammar == null) {
      throw new DataException("grammar.never", place);
    }
    return grammar;
  }

  private static NumberGrammar.@Nullable Bound bound(
      JsonNode schema, String key, boolean open, String place) {
    JsonNode value = schema.path(key);
    if (value.isMissingNode()) {
      return null;
    }
    boolean finite = value.isNumber() && Double.isFinite(value.asDouble());
    BigDecimal number = finite ? value.decimalValue().stripTrailingZeros() : null;
    if (number == null || Math.abs((long) number.scale()) + number.precision() > MOST_DIGITS) {
      throw new DataException("grammar.schema", place + "/" + key, SchemaGrammar.shown(value));
    }
    return new NumberGrammar.Bound(number, open);
  }

  private static NumberGrammar.@Nullable Bound tighter(
      NumberGrammar.@Nullable Bound closed, NumberGrammar.@Nullable Bound open, int sign) {
    if (closed == null || open == null) {
      return closed == null ? open : closed;
    }
    return closed.value().compareTo(open.value()) * sign > 0 ? closed : open;
  }
}
