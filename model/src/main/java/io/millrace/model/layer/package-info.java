/**
 * Layers: what a spec says about one ({@link io.millrace.model.layer.LayerSpec}, a record) and the
 * layer with weights that it builds. Names and defaults are Keras's.
 */
@NullMarked
package io.millrace.model.layer;

import org.jspecify.annotations.NullMarked;
