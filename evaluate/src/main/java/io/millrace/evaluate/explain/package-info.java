/**
 * Why a model decided: attributions to inputs. The same question gives the same answer each time.
 */
@NullMarked
package io.millrace.evaluate.explain;

import org.jspecify.annotations.NullMarked;
