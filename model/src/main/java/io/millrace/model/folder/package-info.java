/**
 * Hugging Face folders: {@link io.millrace.model.folder.Pretrained} opens {@code config.json} (in
 * the layouts of transformers 4 and 5) and safetensors as an {@link
 * io.millrace.model.architecture.Architecture}, and writes them back. A {@link
 * io.millrace.model.folder.Family} says which switches its configuration sets; its {@link
 * io.millrace.model.folder.WeightMap} says what its weights are called there and here. Tokenizers
 * are not known here.
 */
@NullMarked
package io.millrace.model.folder;

import org.jspecify.annotations.NullMarked;
