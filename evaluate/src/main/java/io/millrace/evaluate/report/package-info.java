/**
 * Pages for people: one HTML file that works offline, in Chinese and English, and the model card.
 */
@NullMarked
package io.millrace.evaluate.report;

import org.jspecify.annotations.NullMarked;
