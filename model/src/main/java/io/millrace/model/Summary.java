package io.millrace.model;

import io.millrace.model.layer.LayerSpec;
import io.millrace.tensor.Shape;
import java.util.List;

/** The table behind {@link Network#summary()}. */
final class Summary {
  private Summary() {}

  static String of(Network network, List<Shape> shapes) {
    StringBuilder out = new StringBuilder();
    row(out, "layer", "output", "parameters");
    out.append("─".repeat(58)).append('\n');
    List<LayerSpec> layers = network.description().layers();
    for (int i = 0; i < layers.size(); i++) {
      String prefix = i + ".";
      long count =
          network.parameters().entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(prefix))
              .mapToLong(entry -> entry.getValue().elements())
              .sum();
      LayerSpec layer = layers.get(i);
      String activation =
          layer.activation() == io.millrace.model.layer.Activation.LINEAR
              ? ""
              : " " + layer.activation().name().toLowerCase(java.util.Locale.ROOT);
      row(
          out,
          i + " " + layer.kind() + activation,
          shapes.get(i + 1).withRows(0).toString().replaceFirst("0", "batch"),
          "%,d".formatted(count));
    }
    out.append("─".repeat(58)).append('\n');
    row(out, "total", "", "%,d".formatted(network.parameterCount()));
    return out.toString();
  }

  private static void row(StringBuilder out, String first, String second, String third) {
    out.append("%-26s%-18s%14s%n".formatted(first, second, third));
  }
}
