package io.millrace.data.language;

/**
 * A text and what is to be written of it: its translation, its summary.
 *
 * @param source what is read
 * @param target what is written, the token that ends it included
 */
public record Rewriting(Reading source, Reading target) {}
