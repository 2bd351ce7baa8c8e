package io.millrace.data.template;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Python's {@code json.dumps} writes, with {@code ensure_ascii=False} as transformers has. */
final class JsonText {
  private final StringBuilder out = new StringBuilder();
  private final @Nullable Integer indent;
  private final boolean ascii;
  private final boolean sorted;
  private final String item;
  private final String colon;

  private JsonText(Values.Arguments arguments) {
    indent = arguments.get(1, "indent", null) instanceof Long number ? number.intValue() : null;
    ascii = Values.isTrue(arguments.named().get("ensure_ascii"));
    sorted = Values.isTrue(arguments.named().get("sort_keys"));
    boolean own = arguments.named().get("separators") instanceof List<?> both && both.size() == 2;
    List<?> both = own ? (List<?>) arguments.named().get("separators") : List.of();
    item = own && both != null ? Values.text(both.get(0)) : indent == null ? ", " : ",";
    colon = own && both != null ? Values.text(both.get(1)) : ": ";
  }

  static String of(@Nullable Object value, Values.Arguments arguments) {
    JsonText json = new JsonText(arguments);
    json.write(value, 0);
    return json.out.toString();
  }

  private void write(@Nullable Object value, int depth) {
    if (depth > Run.DEEPEST) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
    switch (value) {
      case null -> out.append("null");
      case Boolean flag -> out.append(flag);
      case String text -> string(text);
      case Double number -> out.append(Values.number(number));
      case Long number -> out.append(number);
      case List<?> list -> {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
          out.append(i > 0 ? item : "");
          line(depth + 1);
          write(list.get(i), depth + 1);
        }
        if (!list.isEmpty()) {
          line(depth);
        }
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        String between = "";
        Map<?, ?> entries = sorted ? new TreeMap<>(map) : map;
        for (Map.Entry<?, ?> entry : entries.entrySet()) {
          out.append(between);
          line(depth + 1);
          string(Values.text(entry.getKey()));
          out.append(colon);
          write(entry.getValue(), depth + 1);
          between = item;
        }
        if (!map.isEmpty()) {
          line(depth);
        }
        out.append('}');
      }
      default -> throw new TemplateException("json", Values.kind(value));
    }
  }

  private void line(int depth) {
    if (indent != null) {
      out.append('\n').append(" ".repeat(indent * depth));
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || (ascii && c > '~')) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
