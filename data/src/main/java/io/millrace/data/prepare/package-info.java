/**
 * Preparation fitted on training rows and then applied to every row alike, in training and in
 * serving: filling gaps, scaling, encoding. What was fitted is plain JSON in the model package.
 */
@NullMarked
package io.millrace.data.prepare;

import org.jspecify.annotations.NullMarked;
