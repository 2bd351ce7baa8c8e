/**
 * What texts are allowed: choices, regular expressions and JSON schemas as {@link
 * io.millrace.data.grammar.Grammar}s over UTF-8 bytes, and {@link
 * io.millrace.data.grammar.TokenFilter}, which tells after each token which ones may follow. Who
 * writes the tokens is not known here.
 */
@NullMarked
package io.millrace.data.grammar;

import org.jspecify.annotations.NullMarked;
