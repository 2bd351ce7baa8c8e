package io.millrace.serve.language;

import io.millrace.data.grammar.Grammar;
import io.millrace.ground.json.Json;
import io.millrace.serve.ServeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The functions that a request offers.
 *
 * @param choice {@code auto}, {@code required} or a function's name
 */
record Tools(JsonNode tools, String choice, ToolFormat format) {
  /** Those of a request; null if it offers none. */
  static @Nullable Tools of(ObjectNode request, LanguageModel model) {
    if (!request.hasNonNull("tools")) {
      return null;
    }
    ToolFormat format = ToolFormat.of(model.format().template());
    if (format == null) {
      throw ServeException.wrong("tools.template");
    }
    return new Tools(request.path("tools"), request.path("tool_choice").asString("auto"), format);
  }

  boolean isForced() {
    return !choice.equals("auto");
  }

  String key() {
    return choice + " " + Json.text(tools);
  }

  Grammar grammar() {
    return format.calls(tools, choice.equals("required") ? null : choice);
  }

  ToolReader reader() {
    return new ToolReader(format, isForced());
  }
}
