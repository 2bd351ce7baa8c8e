/**
 * What a person reads: the language in use, the bundles with the texts in every language, and
 * {@link Problem}, the exception that carries such a text. Nothing here knows what the texts are
 * about.
 */
@NullMarked
package io.millrace.ground.message;

import org.jspecify.annotations.NullMarked;
