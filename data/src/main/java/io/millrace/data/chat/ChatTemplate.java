package io.millrace.data.chat;

import io.millrace.data.DataException;
import io.millrace.data.template.Template;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How a model's conversations are written, from its folder: {@code chat_template.jinja}, or {@code
 * chat_template} in {@code tokenizer_config.json}. The text is, byte for byte, what {@code
 * apply_chat_template} of transformers gives.
 */
public final class ChatTemplate {
  private static final long LARGEST = 1 << 20;

  /**
   * What stands beside the messages.
   *
   * @param answer whether the text ends where the model is to answer
   * @param tools functions that the model may call, as JSON schemas
   * @param more other names that the template reads, for example {@code enable_thinking}
   */
  public record Options(
      boolean answer,
      @Nullable List<Map<String, @Nullable Object>> tools,
      Map<String, @Nullable Object> more) {
    /** For a prompt that the model is to answer. */
    public static final Options PROMPT = new Options(true, null, Map.of());

    /** For a whole conversation, as in training. */
    public static final Options WHOLE = new Options(false, null, Map.of());
  }

  private final Template template;
  private final @Nullable Template withTools;
  private final String source;
  private final Map<String, @Nullable Object> specials = new HashMap<>();

  private ChatTemplate(String text, @Nullable String tools, Map<String, String> specials) {
    this.template = Template.of(text);
    this.withTools = tools == null ? null : Template.of(tools);
    this.source = tools == null ? text : tools;
    this.specials.putAll(specials);
  }

  /**
   * A template of one's own.
   *
   * @param specials texts by role, for example {@code bos_token} to {@code <s>}
   */
  public static ChatTemplate of(String template, Map<String, String> specials) {
    return new ChatTemplate(template, null, specials);
  }

  /**
   * A folder's template; absent where it has none.
   *
   * @param specials of the folder's tokenizer
   */
  public static @Nullable ChatTemplate open(Path folder, Map<String, String> specials) {
    Map<String, String> named = new LinkedHashMap<>();
    Path config = folder.resolve("tokenizer_config.json");
    if (Files.isRegularFile(config)) {
      JsonNode written = Json.read(config).path("chat_template");
      if (written.isString()) {
        named.put("default", written.asString());
      }
      for (JsonNode one : written) {
        named.put(one.path("name").asString(""), one.path("template").asString(""));
      }
    }
    read(folder.resolve("chat_template.jinja"), "default", named);
    read(folder.resolve("additional_chat_templates/tool_use.jinja"), "tool_use", named);
    String text = named.get("default");
    if (text == null) {
      return null;
    }
    return new ChatTemplate(text, named.get("tool_use"), specials);
  }

  private static void read(Path file, String name, Map<String, String> named) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    try {
      if (Files.size(file) > LARGEST) {
        throw new DataException("tokenizer.large", file, Files.size(file) >> 20, LARGEST >> 20);
      }
      named.put(name, Files.readString(file));
    } catch (IOException e) {
      throw FileException.reading(file, e);
    }
  }

  /** Whether the template, where there are tools, has this text in its source. */
  public boolean mentions(String text) {
    return source.contains(text);
  }

  /** The conversation as text. */
  public String render(List<Message> messages, Options options) {
    return marked(messages, options).text();
  }

  /** The conversation as text, with the parts in {@code generation} blocks marked. */
  public Template.Rendered marked(List<Message> messages, Options options) {
    if (messages.isEmpty()) {
      throw new DataException("chat.messages", "messages");
    }
    Map<String, @Nullable Object> names = new HashMap<>(specials);
    names.putAll(options.more);
    List<@Nullable Object> list = new ArrayList<>();
    messages.forEach(message -> list.add(message.fields()));
    names.put("messages", list);
    names.put("tools", options.tools);
    names.put("documents", options.more.get("documents"));
    names.put("add_generation_prompt", options.answer);
    Template chosen = withTools != null && options.tools != null ? withTools : template;
    return chosen.render(names);
  }
}
