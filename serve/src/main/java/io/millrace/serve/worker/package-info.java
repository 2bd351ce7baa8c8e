/**
 * The process that computes: its main program, the frames on its socket, and how requests that wait
 * together are answered together. Its other end is {@link io.millrace.serve.Deployment}.
 */
@NullMarked
package io.millrace.serve.worker;

import org.jspecify.annotations.NullMarked;
