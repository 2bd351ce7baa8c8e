/**
 * The whole chain as one job: {@link io.millrace.pipeline.RunJob} executes a run spec stage by
 * stage and does not repeat what is known already. The spec's records are in {@code spec},
 * Millrace's folder is {@link io.millrace.pipeline.Home}.
 */
@NullMarked
package io.millrace.pipeline;

import org.jspecify.annotations.NullMarked;
