package io.millrace.data.language;

import io.millrace.data.chat.Message;
import java.util.List;

/**
 * A conversation to learn from.
 *
 * @param place the file and line, for messages about it
 * @param messages in order; the last is the model's
 */
public record Conversation(String place, List<Message> messages) {
  /** Keeps its own copy. */
  public Conversation {
    messages = List.copyOf(messages);
  }
}
