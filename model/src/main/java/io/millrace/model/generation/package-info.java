/**
 * Token after token: {@link io.millrace.model.generation.Generator} asks a model that decodes for
 * scores, {@link io.millrace.model.generation.Choice} picks by {@link
 * io.millrace.model.generation.Sampling}. Works on ids; texts and stop strings are known above.
 */
@NullMarked
package io.millrace.model.generation;

import org.jspecify.annotations.NullMarked;
