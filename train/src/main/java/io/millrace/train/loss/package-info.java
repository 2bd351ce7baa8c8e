/** What training makes small. */
@NullMarked
package io.millrace.train.loss;

import org.jspecify.annotations.NullMarked;
