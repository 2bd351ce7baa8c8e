package io.millrace.data.language;

import io.millrace.data.DataException;
import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a model is asked, for training by a reward.
 *
 * @param ids the prompt as the model reads it
 * @param text the prompt, or the last message of a conversation
 * @param row everything that stands in the row, for example the right answer
 */
public record Prompt(long[] ids, String text, JsonNode row) {
  /**
   * Reads rows of {@code prompt}, texts or lists of messages, with whatever else the reward needs.
   *
   * @param format how conversations are written; absent: prompts are texts to go on with
   * @throws DataException naming the line, if a row has no prompt
   */
  public static List<Prompt> read(Path file, Tokenizer tokenizer, @Nullable ChatFormat format) {
    List<Prompt> all = new ArrayList<>();
    for (TextTable.Row row : TextTable.read(file, List.of())) {
      JsonNode given = row.values().path("prompt");
      if (format == null) {
        String text = row.text("prompt");
        all.add(new Prompt(tokenizer.encode(text).ids(), text, row.values()));
        continue;
      }
      List<Message> messages =
          given.isArray()
              ? Message.list(given, row.place())
              : List.of(Message.user(row.text("prompt")));
      if (messages.isEmpty()) {
        throw new DataException("row.text", row.place(), "prompt", "[]");
      }
      all.add(
          new Prompt(
              format.ids(messages, ChatTemplate.Options.PROMPT),
              messages.getLast().content(),
              row.values()));
    }
    return all;
  }

  /** A value of the row as text; empty where it has none. */
  public String value(String key) {
    return row.path(key).asString("");
  }
}
