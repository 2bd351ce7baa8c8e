/**
 * Side-by-side measurements: each side runs in a process of its own, in turn, several times, and
 * the table shows ratios, because absolute times mean nothing on a shared machine.
 */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
