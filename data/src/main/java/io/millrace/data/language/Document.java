package io.millrace.data.language;

/**
 * A text, or a piece of a long one.
 *
 * @param ends whether the document ends here; otherwise the next piece goes on
 */
public record Document(String text, boolean ends) {}
