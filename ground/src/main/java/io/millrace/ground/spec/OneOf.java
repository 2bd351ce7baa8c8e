package io.millrace.ground.spec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On an interface: a spec gives one of these records, by its key: {@code {dense: 64, activation:
 * relu}}, {@code {adam: {rate: 0.001}}} or, where nothing is required, just {@code adam}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OneOf {
  /** The records that may stand there. */
  Class<?>[] value();
}
