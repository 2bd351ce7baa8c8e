/**
 * Networks: {@link io.millrace.model.Sequential} describes one, {@link io.millrace.model.Network}
 * is one with weights, {@link io.millrace.model.ModelPackage} is one on disk with all that serving
 * needs. The layers are in {@code layer}. Nothing here knows data files or training.
 */
@NullMarked
package io.millrace.model;

import org.jspecify.annotations.NullMarked;
