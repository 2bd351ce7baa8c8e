package io.millrace.ground.spec;

import io.millrace.ground.message.Nearest;
import io.millrace.ground.message.Problem;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads a YAML text as a record. */
public final class SpecReader {
  private static final int DEEPEST = 60;
  private static final int MOST_NODES = 100_000;
  private static final int MOST_SHOWN = 24;

  private final String place;
  private int nodes;

  private SpecReader(String place) {
    this.place = place;
  }

  /**
   * Reads a file.
   *
   * @param settings {@code key.key=value} texts that replace or add values
   * @throws SpecException if the file is no YAML or does not fit the record
   */
  public static <T extends Record> T read(Path file, Class<T> type, List<String> settings) {
    return read(Yaml.textOf(file), file.toString(), type, settings);
  }

  /** Reads a text; {@code place} says in messages where it came from. */
  public static <T extends Record> T read(
      String text, String place, Class<T> type, List<String> settings) {
    Node root = Yaml.compose(text, place);
    for (String setting : settings) {
      Overrides.apply(root, setting);
    }
    return type.cast(new SpecReader(place).value(root, type, "", 0));
  }

  /**
   * The text that a file has at its top under a key; absent where it has none or something else.
   *
   * @throws SpecException if the file is no YAML
   */
  public static @Nullable String text(Path file, String key) {
    if (Yaml.compose(Yaml.textOf(file), file.toString()) instanceof MappingNode mapping) {
      for (NodeTuple entry : mapping.getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode name
            && name.getValue().equals(key)
            && entry.getValueNode() instanceof ScalarNode text) {
          return text.getValue();
        }
      }
    }
    return null;
  }

  private Object value(Node node, Type type, String path, int depth) {
    if (++nodes > MOST_NODES || depth > DEEPEST) {
      throw new SpecException("bomb", place, line(node));
    }
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == Map.class
          ? map(node, generic.getActualTypeArguments()[1], path, depth)
          : list(node, generic.getActualTypeArguments()[0], path, depth);
    }
    Class<?> target = (Class<?>) type;
    if (target.isAnnotationPresent(OneOf.class)) {
      return union(node, target, path, depth);
    }
    if (target.isRecord()) {
      return record(node, target, path, depth);
    }
    if (target == long[].class) {
      return list(node, Long.class, path, depth).stream().mapToLong(v -> (Long) v).toArray();
    }
    if (!(node instanceof ScalarNode scalar)) {
      throw wrong(node, path, Scalars.expected(target), "…");
    }
    Object read = Scalars.read(scalar, target);
    if (read == null) {
      throw wrong(node, path, Scalars.expected(target), scalar.getValue());
    }
    return read;
  }

  private Map<String, Object> map(Node node, Type valueType, String path, int depth) {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong(node, path, "{…}", shown(node));
    }
    Map<String, Object> values = new LinkedHashMap<>();
    entries(mapping, path)
        .forEach((key, child) -> values.put(key, value(child, valueType, path + key, depth + 1)));
    return values;
  }

  private List<Object> list(Node node, Type elementType, String path, int depth) {
    List<Object> values = new ArrayList<>();
    if (node instanceof SequenceNode sequence) {
      int index = 0;
      for (Node item : sequence.getValue()) {
        values.add(value(item, elementType, path + "[" + index++ + "]", depth + 1));
      }
    } else {
      values.add(value(node, elementType, path, depth + 1)); // one value is a list of one
    }
    return values;
  }

  private Object union(Node node, Class<?> union, String path, int depth) {
    List<Choice> choices = Choice.of(union);
    List<String> keys = choices.stream().map(Choice::key).toList();
    if (node instanceof ScalarNode scalar) {
      Choice chosen = choices.get(index(scalar.getValue(), keys, node, path));
      return build(node, chosen, Map.of(), join(path, scalar.getValue()), depth);
    }
    if (!(node instanceof MappingNode mapping) || mapping.getValue().isEmpty()) {
      throw wrong(node, path, String.join(" | ", keys), shown(node));
    }
    Map<String, Node> entries = entries(mapping, path);
    String first = entries.keySet().iterator().next();
    Choice chosen = choices.get(index(first, keys, node, path));
    Node content = Objects.requireNonNull(entries.remove(first));
    String inner = join(path, first);
    List<RecordComponent> components = written(chosen);
    if (content instanceof MappingNode all
        && entries.isEmpty()
        && !isShort(all, components, inner)) {
      return build(node, chosen, entries(all, inner), inner, depth);
    }
    // The short form: the key's value is the first component, the others stand beside it.
    Map<String, Node> given = new LinkedHashMap<>();
    if (!components.isEmpty() && !isNull(content)) {
      given.put(Keys.of(components.getFirst()), content);
    }
    given.putAll(entries);
    return build(node, chosen, given, inner, depth);
  }

  /**
   * Whether a mapping is the value of the first component, itself a union, and not all components.
   */
  private boolean isShort(MappingNode content, List<RecordComponent> components, String path) {
    if (components.isEmpty()
        || !components.getFirst().getType().isAnnotationPresent(OneOf.class)
        || content.getValue().isEmpty()) {
      return false;
    }
    String key = entries(content, path).keySet().iterator().next();
    return components.stream().map(Keys::of).noneMatch(key::equals);
  }

  private int index(String key, List<String> keys, Node node, String path) {
    int index = keys.indexOf(key);
    if (index < 0) {
      throw new SpecException(
          "choice", place, line(node), path, key, Nearest.of(key, keys), shown(key, keys));
    }
    return index;
  }

  /** The keys of a small union; of a large one those that begin alike, or a few. */
  private static String shown(String key, List<String> keys) {
    if (keys.size() <= MOST_SHOWN) {
      return String.join(", ", keys);
    }
    List<String> alike =
        keys.stream().filter(known -> !key.isEmpty() && known.charAt(0) == key.charAt(0)).toList();
    return String.join(", ", alike.isEmpty() ? keys.subList(0, MOST_SHOWN) : alike) + " …";
  }

  private Object record(Node node, Class<?> type, String path, int depth) {
    RecordComponent[] components = type.getRecordComponents();
    if (node instanceof MappingNode mapping) {
      return build(node, type, entries(mapping, path), path, depth);
    }
    if (components.length == 1) {
      // A record of one component is written as that component.
      return build(node, type, Map.of(Keys.of(components[0]), node), path, depth);
    }
    if (isNull(node)) {
      return build(node, type, Map.of(), path, depth);
    }
    throw wrong(node, path, "{" + String.join(", ", Keys.of(components)) + "}", shown(node));
  }

  /** The components that a spec may give: all but the number that the key brings. */
  private static List<RecordComponent> written(Choice choice) {
    List<RecordComponent> components = Arrays.asList(choice.type().getRecordComponents());
    return choice.number() == null ? components : components.subList(1, components.size());
  }

  private Object build(Node node, Class<?> type, Map<String, Node> given, String path, int depth) {
    return build(node, new Choice("", type, null), given, path, depth);
  }

  private Object build(Node node, Choice choice, Map<String, Node> given, String path, int depth) {
    Class<?> type = choice.type();
    RecordComponent[] components = type.getRecordComponents();
    List<String> keys = written(choice).stream().map(Keys::of).toList();
    for (Map.Entry<String, Node> entry : given.entrySet()) {
      if (!keys.contains(entry.getKey())) {
        throw new SpecException(
            "key",
            place,
            line(entry.getValue()),
            join(path, entry.getKey()),
            Nearest.of(entry.getKey(), keys),
            String.join(", ", keys));
      }
    }
    @Nullable Object[] arguments = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      arguments[i] =
          i == 0 && choice.number() != null
              ? choice.number()
              : argument(node, components[i], given.get(Keys.of(components[i])), path, depth);
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Problem problem) {
        throw new SpecException("refused", place, line(node), path, problem.getMessage(), problem);
      }
      throw new IllegalStateException(type.getName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type.getName(), e);
    }
  }

  private @Nullable Object argument(
      Node owner, RecordComponent component, @Nullable Node given, String path, int depth) {
    String inner = join(path, Keys.of(component));
    boolean optional = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    if (given != null && !(isNull(given) && optional)) {
      return value(given, component.getGenericType(), inner, depth + 1);
    }
    Default fallback = component.getAnnotation(Default.class);
    if (fallback != null) {
      Node node = Yaml.compose(fallback.value(), place);
      return new SpecReader(place).value(node, component.getGenericType(), inner, depth + 1);
    }
    if (optional) {
      return null;
    }
    throw new SpecException("missing", place, line(owner), inner);
  }

  private Map<String, Node> entries(MappingNode mapping, String path) {
    Map<String, Node> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw wrong(tuple.getKeyNode(), path, "key: value", shown(tuple.getKeyNode()));
      }
      if (entries.put(key.getValue(), tuple.getValueNode()) != null) {
        throw new SpecException("twice", place, line(key), join(path, key.getValue()));
      }
    }
    return entries;
  }

  private SpecException wrong(Node node, String path, String expected, String given) {
    return new SpecException("value", place, line(node), path, given, expected);
  }

  private static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar
        && (scalar.getValue().isEmpty() || scalar.getValue().equals("null"))
        && scalar.isPlain();
  }

  private static String shown(Node node) {
    return node instanceof ScalarNode scalar
        ? scalar.getValue()
        : node instanceof MappingNode ? "{…}" : "[…]";
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }
}
