package io.millrace.data.template;

import org.jspecify.annotations.Nullable;

/** Something that has a value. */
interface Expression {
  @Nullable Object value(Run run);
}
