/**
 * Random changes of pictures while they are gathered into batches, so that a network sees each in
 * many forms: {@link io.millrace.data.augment.Augment} says what, {@link
 * io.millrace.data.augment.Augmentation} does it. Equal seeds give equal pictures, whatever the
 * number of loader threads.
 */
@NullMarked
package io.millrace.data.augment;

import org.jspecify.annotations.NullMarked;
