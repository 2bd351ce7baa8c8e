package io.millrace.data.language;

/**
 * A text of a class.
 *
 * @param label the class's number, from 0
 */
public record Classified(Reading text, int label) {}
