/** Series cut into windows: what was before, and what comes after. */
@NullMarked
package io.millrace.data.series;

import org.jspecify.annotations.NullMarked;
