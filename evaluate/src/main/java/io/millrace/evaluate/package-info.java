/**
 * How good a model is: {@link io.millrace.evaluate.Evaluation} of predictions against the truth.
 * Why it decides is in {@code explain}, pages for people in {@code report}.
 */
@NullMarked
package io.millrace.evaluate;

import org.jspecify.annotations.NullMarked;
