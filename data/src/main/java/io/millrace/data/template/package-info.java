/**
 * Jinja templates as language models carry them: {@link io.millrace.data.template.Template} renders
 * the part of the language that chat templates use with Python's meaning of values (what {@code
 * str} prints, what is true, how strings are cut), and nothing else: no files, no classes, and a
 * bound on steps, depth and output.
 */
@NullMarked
package io.millrace.data.template;

import org.jspecify.annotations.NullMarked;
