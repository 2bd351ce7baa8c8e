/**
 * Training: {@link io.millrace.train.Trainer} fits a network to a data set. Losses, optimizers,
 * metrics and listeners have packages of their own, one idea a file; nothing here knows how results
 * are shown.
 */
@NullMarked
package io.millrace.train;

import org.jspecify.annotations.NullMarked;
