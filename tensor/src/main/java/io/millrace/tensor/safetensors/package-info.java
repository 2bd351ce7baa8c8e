/**
 * safetensors files (the format of huggingface/safetensors): a memory-mapped reader that trusts
 * nothing, a writer that is atomic, and folders sharded by an index. Knows names, types and bytes,
 * no models.
 */
@NullMarked
package io.millrace.tensor.safetensors;

import org.jspecify.annotations.NullMarked;
