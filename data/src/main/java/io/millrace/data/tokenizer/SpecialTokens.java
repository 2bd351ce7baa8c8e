package io.millrace.data.tokenizer;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokens with a meaning, as a folder names them.
 *
 * @param byRole for example {@code bos_token} to {@code <s>}
 */
public record SpecialTokens(Map<String, String> byRole) {
  /** Begins a text, if there is one. */
  public @Nullable String bos() {
    return byRole.get("bos_token");
  }

  /** Ends a text, if there is one. */
  public @Nullable String eos() {
    return byRole.get("eos_token");
  }

  /** Fills up short rows, if there is one. */
  public @Nullable String pad() {
    return byRole.get("pad_token");
  }
}
