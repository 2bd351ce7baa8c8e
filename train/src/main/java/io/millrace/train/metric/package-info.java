/** What is watched while training: streaming, reset each epoch. */
@NullMarked
package io.millrace.train.metric;

import org.jspecify.annotations.NullMarked;
