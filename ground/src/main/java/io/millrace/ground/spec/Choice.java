package io.millrace.ground.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One key of a {@link OneOf} union and the record it stands for.
 *
 * @param number the first component's value where the key brings it
 */
public record Choice(String key, Class<?> type, @Nullable Integer number) {
  private static final Map<Class<?>, List<Class<?>>> REGISTERED = new ConcurrentHashMap<>();

  /**
   * Adds a record of one's own to a union, for this process; specs and packages can then name it.
   *
   * @throws IllegalArgumentException if the type is not a record of that union
   */
  public static void register(Class<?> union, Class<? extends Record> type) {
    if (!union.isAnnotationPresent(OneOf.class) || !union.isAssignableFrom(type)) {
      throw new IllegalArgumentException(type.getName() + " is no " + union.getName());
    }
    List<Class<?>> known = REGISTERED.computeIfAbsent(union, u -> new CopyOnWriteArrayList<>());
    if (!known.contains(type)) {
      known.add(type);
    }
  }

  /** All keys of a union, in its order. */
  static List<Choice> of(Class<?> union) {
    List<Class<?>> types =
        new ArrayList<>(
            Arrays.asList(Objects.requireNonNull(union.getAnnotation(OneOf.class)).value()));
    types.addAll(REGISTERED.getOrDefault(union, List.of()));
    List<Choice> choices = new ArrayList<>();
    for (Class<?> type : types) {
      Numbered numbered = type.getAnnotation(Numbered.class);
      if (numbered == null) {
        choices.add(new Choice(Keys.of(type), type, null));
      } else {
        for (int number = numbered.from(); number <= numbered.to(); number++) {
          choices.add(
              new Choice(numbered.value().replace("#", String.valueOf(number)), type, number));
        }
      }
    }
    return choices;
  }
}
