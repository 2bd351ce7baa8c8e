/** Texts as numbers: vocabularies, and rows of ids for language models. */
@NullMarked
package io.millrace.data.text;

import org.jspecify.annotations.NullMarked;
