package io.millrace.data.language;

/**
 * Two answers to the same prompt.
 *
 * @param chosen the better one, with its answer marked as learned
 * @param rejected the worse one, likewise
 */
public record Preference(Sample chosen, Sample rejected) {}
