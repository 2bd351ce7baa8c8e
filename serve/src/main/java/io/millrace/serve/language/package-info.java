/**
 * Language models whole: {@link io.millrace.serve.language.LanguageModel} joins a folder's weights,
 * tokenizer, chat template and generation settings, {@link io.millrace.serve.language.TextEmbedder}
 * turns texts into vectors. Both work in this process; the serving engine is not here.
 */
@NullMarked
package io.millrace.serve.language;

import org.jspecify.annotations.NullMarked;
