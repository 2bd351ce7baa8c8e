/**
 * How gradients change weights: settings as records, steps on libtorch's fused operators, state
 * that can be saved.
 */
@NullMarked
package io.millrace.train.optimizer;

import org.jspecify.annotations.NullMarked;
