/**
 * Whole models made of embeddings, stacks of transformer blocks (or residual convolutions) and
 * heads. Each answers {@link io.millrace.model.architecture.Architecture#forward}; those that
 * generate are {@link io.millrace.model.architecture.Decoding} too. What settings a published model
 * has is not known here but in {@code io.millrace.model.folder}.
 */
@NullMarked
package io.millrace.model.architecture;

import org.jspecify.annotations.NullMarked;
