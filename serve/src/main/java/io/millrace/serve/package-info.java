/**
 * Models that answer: {@link io.millrace.serve.Predictor} in this JVM, {@link
 * io.millrace.serve.Deployment} in a worker process of its own that is watched and restarted.
 * {@link io.millrace.serve.Values} is what goes in and out, in the words of the Open Inference
 * Protocol. HTTP is the server room's.
 */
@NullMarked
package io.millrace.serve;

import org.jspecify.annotations.NullMarked;
