package io.millrace.ground.spec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a record of a union whose keys differ by a number, as {@code conv1d} and {@code conv2d} do:
 * the number is the record's first component and is read from the key.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Numbered {
  /** The key, with {@code #} where the number stands. */
  String value();

  /** The smallest number. */
  int from() default 1;

  /** The largest number. */
  int to();
}
