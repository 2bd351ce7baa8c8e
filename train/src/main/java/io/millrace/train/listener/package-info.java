/** Who is told how training goes: progress, early stop, checkpoints. */
@NullMarked
package io.millrace.train.listener;

import org.jspecify.annotations.NullMarked;
