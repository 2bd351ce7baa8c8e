/**
 * From files to batches: {@link io.millrace.data.Table} (rows with named columns) and {@link
 * io.millrace.data.Dataset} (inputs and targets ready for training), splits, and batches whose
 * order is a function of seed, epoch and index. Sources are in {@code source}, fitted preparation
 * in {@code prepare}; nothing here knows models.
 */
@NullMarked
package io.millrace.data;

import org.jspecify.annotations.NullMarked;
