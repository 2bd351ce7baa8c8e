/**
 * YAML is the JSON form of Java records: one reader and one writer for any tree of records, so that
 * what can be written in a file can be written in Java with the same words. Errors name line, key,
 * value and the nearest valid key. Knows no particular spec.
 */
@NullMarked
package io.millrace.ground.spec;

import org.jspecify.annotations.NullMarked;
