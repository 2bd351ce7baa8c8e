package io.millrace.data.language;

import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.data.template.Template;
import io.millrace.data.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.List;

/**
 * Conversations as tokens, as the model's template writes them in serving, with the answers marked
 * as learned: their text and the token that ends them, nothing else.
 */
public final class ChatSamples {
  private final ChatFormat format;

  /** Samples in this format. */
  public ChatSamples(ChatFormat format) {
    this.format = format;
  }

  /**
   * The samples of a conversation: one, or one for each answer where the template writes earlier
   * turns differently once they are past.
   */
  public List<Sample> of(Conversation conversation) {
    List<Message> messages = conversation.messages();
    Template.Rendered whole = format.template().marked(messages, ChatTemplate.Options.WHOLE);
    if (!whole.marked().isEmpty()) {
      return List.of(sample(whole.text(), whole.marked()));
    }
    List<int[]> spans = new ArrayList<>();
    List<Sample> apart = new ArrayList<>();
    boolean kept = true;
    for (int i = 0; i < messages.size(); i++) {
      if (!messages.get(i).role().equals("assistant")) {
        continue;
      }
      String prompt = format.template().render(messages.subList(0, i), ChatTemplate.Options.PROMPT);
      String answered =
          i == messages.size() - 1
              ? whole.text()
              : format.template().render(messages.subList(0, i + 1), ChatTemplate.Options.WHOLE);
      int start = shared(prompt, answered);
      int[] span = {start, answered.stripTrailing().length()};
      apart.add(sample(answered, List.of(span)));
      spans.add(span);
      kept &= whole.text().startsWith(answered);
    }
    return kept ? List.of(sample(whole.text(), spans)) : apart;
  }

  /** A conversation of whose answers only the last is learned. */
  Sample last(Conversation conversation) {
    List<Message> messages = conversation.messages();
    List<Message> before = messages.subList(0, messages.size() - 1);
    String prompt = format.template().render(before, ChatTemplate.Options.PROMPT);
    String whole = format.template().render(messages, ChatTemplate.Options.WHOLE);
    int[] span = {shared(prompt, whole), whole.stripTrailing().length()};
    return sample(whole, List.of(span));
  }

  /** Where an answer begins: behind the prompt, or where the text first differs from it. */
  private static int shared(String prompt, String answered) {
    int shared = 0;
    int most = Math.min(prompt.length(), answered.length());
    while (shared < most && prompt.charAt(shared) == answered.charAt(shared)) {
      shared++;
    }
    return shared;
  }

  private Sample sample(String text, List<int[]> spans) {
    Encoding encoding = format.tokenizer().encodePlain(text);
    int[] ids = new int[encoding.size()];
    boolean[] learned = new boolean[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) encoding.ids()[i];
      int start = encoding.starts()[i];
      int end = encoding.ends()[i];
      for (int[] span : spans) {
        // A token that reaches into an answer is written by the model.
        learned[i] |= end > span[0] && start < span[1];
      }
    }
    return new Sample(ids, learned);
  }
}
