/**
 * HTTP: one route table, the Open Inference Protocol's REST routes, Millrace's own, and the page
 * where one draws a digit. The process that runs it never loads the engine; models answer from
 * their deployments.
 */
@NullMarked
package io.millrace.server;

import org.jspecify.annotations.NullMarked;
