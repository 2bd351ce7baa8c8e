/**
 * GGUF files (versions 2 and 3, the format of llama.cpp's {@code docs/gguf.md}): {@link
 * io.millrace.tensor.gguf.GgufFile} reads their metadata and tensors, quantised ones as the floats
 * that they stand for. What the tensors mean is known above.
 */
@NullMarked
package io.millrace.tensor.gguf;

import org.jspecify.annotations.NullMarked;
