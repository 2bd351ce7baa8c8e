/**
 * How the step length changes while training: functions of the step, so that a resumed training
 * needs nothing but its number, and one that listens to a metric.
 */
@NullMarked
package io.millrace.train.schedule;

import org.jspecify.annotations.NullMarked;
