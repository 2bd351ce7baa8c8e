package io.millrace.ground.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Applies {@code --set a.b=c}. */
final class Overrides {
  private Overrides() {}

  static void apply(Node root, String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new SpecException("set", setting);
    }
    List<String> path = List.of(setting.substring(0, equals).split("\\."));
    Node value = Yaml.compose(setting.substring(equals + 1), "--set " + setting);
    Node at = root;
    for (int i = 0; i < path.size(); i++) {
      if (at instanceof SequenceNode list) {
        at = item(list, path.get(i), i == path.size() - 1 ? value : null, setting);
        continue;
      }
      if (!(at instanceof MappingNode mapping)) {
        throw new SpecException("set", setting);
      }
      Node child = find(mapping, path.get(i));
      boolean last = i == path.size() - 1;
      if (last || child == null) {
        child =
            last ? value : new MappingNode(Tag.MAP, new java.util.ArrayList<>(), FlowStyle.BLOCK);
        put(mapping, path.get(i), child);
      }
      at = child;
    }
  }

  /** An element of a list by its number from 0, replaced where a value is given. */
  private static Node item(SequenceNode list, String number, @Nullable Node value, String setting) {
    int size = list.getValue().size();
    if (!number.matches("[0-9]{1,6}") || Integer.parseInt(number) >= size) {
      throw new SpecException("set", setting);
    }
    int index = Integer.parseInt(number);
    if (value != null) {
      list.getValue().set(index, value);
    }
    return list.getValue().get(index);
  }

  private static @Nullable Node find(MappingNode mapping, String key) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key)) {
        return tuple.getValueNode();
      }
    }
    return null;
  }

  private static void put(MappingNode mapping, String key, Node value) {
    NodeTuple fresh = new NodeTuple(new ScalarNode(Tag.STR, key, ScalarStyle.PLAIN), value);
    for (int i = 0; i < mapping.getValue().size(); i++) {
      if (mapping.getValue().get(i).getKeyNode() instanceof ScalarNode scalar
          && scalar.getValue().equals(key)) {
        mapping.getValue().set(i, fresh);
        return;
      }
    }
    mapping.getValue().add(fresh);
  }
}
