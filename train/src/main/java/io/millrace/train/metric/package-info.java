/**
 * What is watched while training and measured on held-out rows: streaming, reset each epoch, each a
 * record of its settings that begins fresh counts.
 */
@NullMarked
package io.millrace.train.metric;

import org.jspecify.annotations.NullMarked;
