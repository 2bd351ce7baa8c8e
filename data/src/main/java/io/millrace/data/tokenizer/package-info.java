/**
 * Texts to token ids and back: {@link io.millrace.data.tokenizer.Tokenizer} runs the Rust library
 * that transformers runs. Vocabularies in other forms ({@code vocab.txt}, {@code merges.txt},
 * tiktoken, SentencePiece) are turned into that library's {@code tokenizer.json} first, and {@link
 * io.millrace.data.tokenizer.TokenizerTrainer} learns new ones.
 */
@NullMarked
package io.millrace.data.tokenizer;

import org.jspecify.annotations.NullMarked;
