package io.millrace.data.language;

import org.jspecify.annotations.Nullable;

/**
 * Two texts that mean alike, and perhaps one that does not.
 *
 * @param negative one that looks alike and is not; absent: the others of a batch serve
 */
public record MeaningPair(Reading one, Reading other, @Nullable Reading negative) {}
