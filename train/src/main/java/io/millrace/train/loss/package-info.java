/** What training makes small. Formulas and defaults are Keras's, or of the paper that is named. */
@NullMarked
package io.millrace.train.loss;

import org.jspecify.annotations.NullMarked;
