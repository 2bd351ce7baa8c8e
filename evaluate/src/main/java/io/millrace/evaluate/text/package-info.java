/** Texts that a small language model writes, to see what it has learned. */
@NullMarked
package io.millrace.evaluate.text;

import org.jspecify.annotations.NullMarked;
