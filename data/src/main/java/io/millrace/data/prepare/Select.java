package io.millrace.data.prepare;

import io.millrace.data.Column;
import io.millrace.data.Table;
import java.util.List;

/**
 * Which columns a transform works on.
 *
 * @param names {@code numeric} (all of numbers), {@code categorical} (all of text), {@code all}, or
 *     columns' names
 */
public record Select(List<String> names) {
  public static final Select NUMERIC = new Select(List.of("numeric"));
  public static final Select CATEGORICAL = new Select(List.of("categorical"));

  /** Copies the names. */
  public Select {
    names = List.copyOf(names);
  }

  /** These columns. */
  public static Select columns(String... names) {
    return new Select(List.of(names));
  }

  /** The chosen columns of a table, in its order; a name that it lacks is an error. */
  List<Column> of(Table table) {
    if (names.size() == 1) {
      switch (names.getFirst()) {
        case "all" -> {
          return table.columns();
        }
        case "numeric" -> {
          return table.columns().stream().filter(c -> c instanceof Column.Numbers).toList();
        }
        case "categorical" -> {
          return table.columns().stream().filter(c -> c instanceof Column.Texts).toList();
        }
        default -> {}
      }
    }
    return names.stream().map(table::column).toList();
  }
}
