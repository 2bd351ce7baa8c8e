/**
 * The {@code millrace} command: one class a subcommand, one place that turns problems into a line
 * and an exit code. Knows how to show things in a terminal; all work is done by the rooms below.
 */
@NullMarked
package io.millrace.cli;

import org.jspecify.annotations.NullMarked;
