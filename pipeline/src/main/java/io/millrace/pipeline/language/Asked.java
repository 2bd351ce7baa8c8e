package io.millrace.pipeline.language;

import io.millrace.data.chat.Message;
import io.millrace.data.language.Conversation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a trained model is asked to write in the end.
 *
 * @param text what is shown of the question
 * @param messages a conversation to answer; empty: {@code text} is continued or rewritten
 * @param expected what stands in the data; absent where nothing does
 */
record Asked(String text, List<Message> messages, @Nullable String expected) {
  /** The last answer of a conversation. */
  static Asked of(Conversation conversation) {
    List<Message> all = new ArrayList<>(conversation.messages());
    Message last = all.removeLast();
    StringBuilder shown = new StringBuilder();
    for (Message message : all) {
      shown.append(message.role()).append(": ").append(message.content()).append('\n');
    }
    return new Asked(shown.toString().strip(), all, last.content());
  }
}
