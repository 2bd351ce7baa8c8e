/** The run spec: YAML in a file and Java in a program, with the same words. */
@NullMarked
package io.millrace.pipeline.spec;

import org.jspecify.annotations.NullMarked;
