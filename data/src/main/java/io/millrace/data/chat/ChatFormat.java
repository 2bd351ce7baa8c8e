package io.millrace.data.chat;

import io.millrace.data.DataException;
import io.millrace.data.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as token ids. What the template writes is all there is: the tokenizer adds nothing,
 * so that there are never two beginnings.
 *
 * @param tokenizer of the model
 * @param template of the model
 */
public record ChatFormat(Tokenizer tokenizer, ChatTemplate template) {
  /**
   * A folder's format.
   *
   * @throws DataException if the folder has no template: then the model was not made for
   *     conversations, or its template is missing
   */
  public static ChatFormat open(Path folder, Tokenizer tokenizer) {
    @Nullable ChatTemplate template = ChatTemplate.open(folder, tokenizer.specials().byRole());
    if (template == null) {
      throw new DataException("chat.template", folder);
    }
    return new ChatFormat(tokenizer, template);
  }

  /** The ids of a conversation. */
  public long[] ids(List<Message> messages, ChatTemplate.Options options) {
    return tokenizer.encodePlain(template.render(messages, options)).ids();
  }
}
