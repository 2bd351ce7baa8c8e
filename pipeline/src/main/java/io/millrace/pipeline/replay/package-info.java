/**
 * Trainings recorded elsewhere, done again here: the check that training is the same mathematics as
 * PyTorch's.
 */
@NullMarked
package io.millrace.pipeline.replay;

import org.jspecify.annotations.NullMarked;
