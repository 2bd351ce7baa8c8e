package io.millrace.data.tokenizer;

/**
 * A text as tokens.
 *
 * @param ids of the vocabulary
 * @param tokens as the vocabulary spells them
 * @param types 0 for the first text, 1 for the second
 * @param special whether the tokenizer added the token by itself
 * @param starts where a token's text begins, in characters of the text as Java counts them; −1 for
 *     added ones
 * @param ends where it ends; −1 for added ones
 */
public record Encoding(
    long[] ids, String[] tokens, long[] types, boolean[] special, int[] starts, int[] ends) {
  /** How many tokens. */
  public int size() {
    return ids.length;
  }
}
