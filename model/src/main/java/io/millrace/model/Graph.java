package io.millrace.model;

import io.millrace.ground.message.Nearest;
import io.millrace.ground.spec.Default;
import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A description of layers with several inputs or outputs, branches, and layers used more than once.
 *
 * <pre>{@code
 * var graph = Graph.builder();
 * var picture = graph.input("picture");
 * var facts = graph.input("facts");
 * var seen = graph.add("seen", flatten(), picture);
 * var both = graph.add("both", concatenate(), seen, facts);
 * var model = graph.output(graph.add("digit", dense(10).softmax(), both)).build();
 * Network network = model.build(Map.of("picture", Shape.of(28, 28), "facts", Shape.of(4)), 7);
 * }</pre>
 *
 * @param inputs the inputs' names
 * @param nodes the layers; each reads inputs and earlier nodes
 * @param outputs the names of the nodes that give the outputs
 */
public record Graph(List<String> inputs, List<Node> nodes, List<String> outputs) implements Model {
  /** Checks names and order. */
  public Graph {
    inputs = List.copyOf(inputs);
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
    if (inputs.isEmpty() || nodes.isEmpty() || outputs.isEmpty()) {
      throw new ModelException("graph.empty", inputs.size(), nodes.size(), outputs.size());
    }
    List<String> known = new ArrayList<>(inputs);
    for (Node node : nodes) {
      for (String from : node.from()) {
        require(known, from, node.name());
      }
      if (node.shares() != null) {
        require(known, node.shares(), node.name());
      }
      if (known.contains(node.name())) {
        throw new ModelException("graph.twice", node.name());
      }
      known.add(node.name());
    }
    List<String> names = nodes.stream().map(Node::name).toList();
    for (String output : outputs) {
      require(names, output, "outputs");
    }
  }

  private static void require(List<String> known, String name, String reader) {
    if (!known.contains(name)) {
      throw new ModelException("graph.unknown", reader, name, Nearest.of(name, known), known);
    }
  }

  /**
   * A layer at its place.
   *
   * @param name letters, digits, dash and underscore; unique
   * @param from what it reads: names of inputs and earlier nodes
   * @param layer what it does; absent where it shares
   * @param shares the node whose layer, weights included, is used again
   */
  public record Node(
      String name,
      @Default("[]") List<String> from,
      @Nullable LayerSpec layer,
      @Nullable String shares) {
    /** Checks that there is one layer. */
    public Node {
      from = List.copyOf(from);
      if (!name.matches("[A-Za-z0-9_-]+")) {
        throw new ModelException("graph.name", name);
      }
      if ((layer == null) == (shares == null)) {
        throw new ModelException("graph.layer", name);
      }
      if (from.isEmpty()) {
        throw new ModelException("graph.from", name);
      }
    }
  }

  @Override
  public Graph then(LayerSpec layer) {
    String name = outputs.getFirst() + "-" + layer.kind().toLowerCase(Locale.ROOT);
    List<Node> all = new ArrayList<>(nodes);
    all.add(new Node(name, List.of(outputs.getFirst()), layer, null));
    List<String> ends = new ArrayList<>(outputs);
    ends.set(0, name);
    return new Graph(inputs, all, ends);
  }

  @Override
  public Plan plan(Map<String, Shape> shapes) {
    Plan.Builder plan = new Plan.Builder(inputs, shapes);
    Map<String, Integer> places = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      places.put(inputs.get(i), -1 - i);
    }
    Map<String, LayerSpec> layers = new LinkedHashMap<>();
    Map<String, Integer> owners = new LinkedHashMap<>();
    for (Node node : nodes) {
      List<Integer> from = node.from().stream().map(places::get).toList();
      String shared = node.shares();
      LayerSpec layer =
          shared == null
              ? Objects.requireNonNull(node.layer())
              : Objects.requireNonNull(layers.get(shared), shared);
      int owner = shared == null ? -1 : Objects.requireNonNull(owners.get(shared));
      int number = plan.add(node.name(), layer, owner, from);
      places.put(node.name(), number);
      layers.put(node.name(), layer);
      owners.put(node.name(), owner < 0 ? number : owner);
    }
    Map<String, Integer> last = new LinkedHashMap<>();
    outputs.forEach(output -> last.put(output, Objects.requireNonNull(places.get(output))));
    return plan.build(last);
  }

  /** Begins a graph. */
  public static Builder builder() {
    return new Builder();
  }

  /** Puts a graph together. */
  public static final class Builder {
    private final List<String> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> outputs = new ArrayList<>();

    private Builder() {}

    /** An input; returns its name. */
    public String input(String name) {
      inputs.add(name);
      return name;
    }

    /** A layer that reads these inputs and nodes; returns its name. */
    public String add(String name, LayerSpec layer, String... from) {
      nodes.add(new Node(name, List.of(from), layer, null));
      return name;
    }

    /** The layer of an earlier node once more, with the same weights; returns the new name. */
    public String again(String name, String shared, String... from) {
      nodes.add(new Node(name, List.of(from), null, shared));
      return name;
    }

    /** Makes nodes the outputs. */
    public Builder output(String... names) {
      outputs.addAll(List.of(names));
      return this;
    }

    /** The graph. */
    public Graph build() {
      return new Graph(inputs, nodes, outputs);
    }
  }
}
