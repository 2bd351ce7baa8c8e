package io.millrace.serve.language;

import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.grammar.Grammar;
import io.millrace.ground.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** How a family of models writes that it calls a function. */
enum ToolFormat {
  /** Qwen and Hermes: {@code <tool_call>} around an object with name and arguments. */
  TAGS("<tool_call>", "</tool_call>", "arguments"),
  /** Mistral: {@code [TOOL_CALLS]}, then a list of objects or {@code name[ARGS]{…}}. */
  LIST("[TOOL_CALLS]", "", "arguments"),
  /** Llama 3: the whole answer is an object with name and parameters. */
  OBJECT("<|python_tag|>", "", "parameters");

  private static final List<String> SPECIALS =
      List.of("<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "<|python_tag|>");

  private final String begin;
  private final String end;
  private final String arguments;

  ToolFormat(String begin, String end, String arguments) {
    this.begin = begin;
    this.end = end;
    this.arguments = arguments;
  }

  /** The format that a template writes former calls in; null if it knows no tools. */
  static @Nullable ToolFormat of(ChatTemplate template) {
    if (!template.mentions("tools")) {
      return null;
    }
    for (ToolFormat format : List.of(TAGS, LIST)) {
      if (template.mentions(format.begin)) {
        return format;
      }
    }
    return template.mentions("\"parameters\"") || template.mentions(OBJECT.begin) ? OBJECT : null;
  }

  /** Tokens without text that a call is made of, as far as calls are told by them. */
  static boolean isMark(String token) {
    return SPECIALS.contains(token);
  }

  String begin() {
    return begin;
  }

  String end() {
    return end;
  }

  /** An identity for a call; Mistral's templates want nine letters and digits. */
  String id() {
    String random = java.util.UUID.randomUUID().toString().replace("-", "");
    return this == LIST ? random.substring(0, 9) : "call_" + random.substring(0, 24);
  }

  /**
   * Answers that call functions and say nothing else.
   *
   * @param tools as OpenAI's clients send them
   * @param name the one that is to be called; null: any of them
   */
  Grammar calls(JsonNode tools, @Nullable String name) {
    List<Grammar> options = new ArrayList<>();
    for (JsonNode tool : tools) {
      JsonNode function = tool.path("function");
      String called = function.path("name").asString("");
      if (name == null || name.equals(called)) {
        JsonNode schema = function.path("parameters");
        Grammar values =
            schema.isObject() && !schema.isEmpty() ? Grammar.schema(schema) : Grammar.text("{}");
        Grammar head =
            Grammar.text("{\"name\": " + Json.text(called) + ", \"" + arguments + "\": ");
        options.add(Grammar.row(head, values, Grammar.text("}")));
      }
    }
    Grammar one = new Grammar.Choice(options);
    return switch (this) {
      case TAGS -> Grammar.row(Grammar.text(begin + "\n"), one, Grammar.text("\n" + end));
      case LIST -> Grammar.row(Grammar.text("["), one, Grammar.text("]"));
      case OBJECT -> one;
    };
  }

  /** The calls that a text holds; empty if it is none. */
  List<ToolCall> read(String text) {
    String trimmed = text.strip();
    if (this == LIST && !trimmed.startsWith("[")) {
      return named(trimmed);
    }
    List<ToolCall> calls = new ArrayList<>();
    try {
      JsonNode found = Json.read(trimmed, "call");
      for (JsonNode one : found.isArray() ? found : List.of(found)) {
        String name = one.path("name").asString("");
        JsonNode values = one.has("arguments") ? one.path("arguments") : one.path("parameters");
        if (name.isEmpty() || !values.isObject()) {
          return List.of();
        }
        calls.add(new ToolCall(id(), name, Json.text(values)));
      }
    } catch (io.millrace.ground.message.Problem e) {
      return List.of();
    }
    return calls;
  }

  /** {@code name[ARGS]{…}}, one or more. */
  private List<ToolCall> named(String text) {
    List<ToolCall> calls = new ArrayList<>();
    for (String part : text.split("\\[TOOL_CALLS]")) {
      int at = part.indexOf("[ARGS]");
      if (at <= 0) {
        return List.of();
      }
      try {
        JsonNode values = Json.read(part.substring(at + "[ARGS]".length()).strip(), "call");
        calls.add(new ToolCall(id(), part.substring(0, at).strip(), Json.text(values)));
      } catch (io.millrace.ground.message.Problem e) {
        return List.of();
      }
    }
    return calls;
  }
}
