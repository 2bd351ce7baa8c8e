/**
 * The safe layer over libtorch: {@link io.millrace.tensor.Tensor} and its operators, {@link
 * io.millrace.tensor.Scope} that owns native memory, modes, random state, threads and one checked
 * door to every other operator of the dispatcher. The only room that imports the binding; nothing
 * here knows about layers, data or files (safetensors files live in the subpackage).
 */
@NullMarked
package io.millrace.tensor;

import org.jspecify.annotations.NullMarked;
