/** The one strict JSON mapper: unknown keys, duplicate keys and trailing text are errors. */
@NullMarked
package io.millrace.ground.json;

import org.jspecify.annotations.NullMarked;
