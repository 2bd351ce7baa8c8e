/**
 * The one transformer: a {@link io.millrace.model.transformer.Block} with switches for
 * normalization, positions, attention and feed-forward, stacked by {@link
 * io.millrace.model.transformer.Stack}, with a {@link io.millrace.model.transformer.Cache} for
 * generation. Which switches a published model sets, and what its weights are called, is said in
 * {@code io.millrace.model.folder}.
 */
@NullMarked
package io.millrace.model.transformer;

import org.jspecify.annotations.NullMarked;
