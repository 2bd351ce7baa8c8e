/**
 * Texts and conversations as tokens to learn from: documents in a file that may be larger than
 * memory, conversations with what is trained on marked, rows packed with several texts each.
 */
@NullMarked
package io.millrace.data.language;

import org.jspecify.annotations.NullMarked;
