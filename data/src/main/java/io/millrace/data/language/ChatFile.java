package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.chat.Message;
import io.millrace.ground.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads conversations from JSON lines, or a JSON file with a list. A row has one of four forms:
 * {@code messages} (OpenAI: {@code role}, {@code content}), {@code conversations} (ShareGPT: {@code
 * from}, {@code value}), {@code instruction} with {@code input} and {@code output} (Alpaca) or with
 * {@code instances} of them (Self-Instruct), or {@code prompt} with {@code completion} or {@code
 * response}.
 */
public final class ChatFile {
  private ChatFile() {}

  /**
   * Reads a file.
   *
   * @throws DataException naming the line, if a row has none of the forms, roles out of order, or
   *     an empty answer
   */
  public static List<Conversation> read(Path file) {
    List<Conversation> all = new ArrayList<>();
    JsonRows.each(file, (place, row) -> all.addAll(conversations(place, row)));
    if (all.isEmpty()) {
      throw new DataException("samples.none");
    }
    return all;
  }

  /** A row's conversations: one, or as many as an instruction has instances (Self-Instruct). */
  private static List<Conversation> conversations(String place, JsonNode row) {
    if (!row.has("instruction") || !row.path("instances").isArray()) {
      return List.of(conversation(place, row));
    }
    List<Conversation> all = new ArrayList<>();
    for (JsonNode instance : row.path("instances")) {
      ObjectNode one = Json.object();
      one.set("instruction", row.path("instruction"));
      one.set("input", instance.path("input"));
      one.set("output", instance.path("output"));
      all.add(conversation(place, one));
    }
    return all;
  }

  private static Conversation conversation(String place, JsonNode row) {
    List<Message> messages = new ArrayList<>();
    if (row.has("messages")) {
      messages.addAll(Message.list(row.path("messages"), place));
    } else if (row.has("conversations")) {
      if (row.path("system").isString()) {
        messages.add(Message.system(row.path("system").asString()));
      }
      for (JsonNode one : row.path("conversations")) {
        messages.add(
            Message.of(role(one.path("from").asString(""), place), text(one, "value", place)));
      }
    } else if (row.has("instruction")) {
      alpaca(row, place, messages);
    } else if (row.has("prompt")) {
      messages.add(Message.user(text(row, "prompt", place)));
      String answer = row.has("completion") ? "completion" : "response";
      messages.add(Message.assistant(text(row, answer, place)));
    } else {
      throw new DataException("chat.form", place, String.join(", ", row.propertyNames()));
    }
    check(place, messages);
    return new Conversation(place, messages);
  }

  private static void alpaca(JsonNode row, String place, List<Message> messages) {
    if (row.path("system").isString() && !row.path("system").asString().isEmpty()) {
      messages.add(Message.system(row.path("system").asString()));
    }
    for (JsonNode pair : row.path("history")) {
      messages.add(Message.user(pair.path(0).asString("")));
      messages.add(Message.assistant(pair.path(1).asString("")));
    }
    String input = row.path("input").asString("");
    String instruction = text(row, "instruction", place);
    messages.add(Message.user(input.isBlank() ? instruction : instruction + "\n\n" + input));
    messages.add(Message.assistant(text(row, "output", place)));
  }

  private static String text(JsonNode row, String key, String place) {
    JsonNode value = row.path(key);
    if (!value.isString()) {
      throw new DataException("chat.text", place, key);
    }
    return value.asString();
  }

  private static String role(String from, String place) {
    return switch (from) {
      case "human", "user" -> "user";
      case "gpt", "assistant", "chatgpt", "model", "bing", "bard" -> "assistant";
      case "system" -> "system";
      case "tool", "observation", "function" -> "tool";
      default -> throw new DataException("chat.role", place, from);
    };
  }

  /** System first if at all, then users and answers in turn, tools between; an answer last. */
  static void check(String place, List<Message> messages) {
    String before = "";
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      String role = message.role();
      boolean follows =
          switch (role) {
            case "system", "developer" -> i == 0;
            case "user" -> !before.equals("user");
            case "assistant" -> before.equals("user") || before.equals("tool");
            case "tool" -> before.equals("assistant") || before.equals("tool");
            default -> throw new DataException("chat.role", place, role);
          };
      if (!follows) {
        throw new DataException("chat.order", place, i + 1, role, before.isEmpty() ? "-" : before);
      }
      boolean calls = message.fields().get("tool_calls") != null;
      if (role.equals("assistant") && !calls && message.content().isBlank()) {
        throw new DataException("chat.empty", place, i + 1);
      }
      before = role;
    }
    if (!before.equals("assistant")) {
      throw new DataException("chat.last", place, before.isEmpty() ? "-" : before);
    }
  }
}
