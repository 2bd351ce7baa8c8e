package io.millrace.model;

import io.millrace.model.layer.Activation;
import io.millrace.tensor.Tensor;
import java.util.Locale;
import java.util.Map;

/** The table behind {@link Network#summary()}. */
final class Summary {
  private static final int WIDTH = 76;

  private Summary() {}

  static String of(Network network) {
    StringBuilder out = new StringBuilder();
    boolean sequence = network.isSequence();
    row(out, "layer", "output", "parameters", sequence ? "" : "reads");
    out.append("─".repeat(WIDTH)).append('\n');
    Plan plan = network.plan();
    for (int i = 0; i < plan.steps().size(); i++) {
      Plan.Step step = plan.steps().get(i);
      row(
          out,
          step.name() + " " + step.layer().kind() + activation(step),
          shape(step),
          "%,d".formatted(step.shares() == i ? count(network.state(), step) : 0),
          sequence ? "" : reads(plan, step));
    }
    out.append("─".repeat(WIDTH)).append('\n');
    long all = network.state().values().stream().mapToLong(Tensor::elements).sum();
    long trained = network.parameterCount();
    row(out, "total", "", "%,d".formatted(all), "");
    if (all != trained) {
      row(out, "trainable", "", "%,d".formatted(trained), "");
      row(out, "not trainable", "", "%,d".formatted(all - trained), "");
    }
    return out.toString();
  }

  /** The activation at a layer's end as a word with a space before; empty for none. */
  static String activation(Plan.Step step) {
    Activation activation = step.layer().activation();
    return activation == Activation.LINEAR
        ? ""
        : " " + activation.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static String shape(Plan.Step step) {
    return step.output().withRows(0).toString().replaceFirst("0", "batch");
  }

  /** The numbers in a layer's weights and statistics. */
  static long count(Map<String, Tensor> state, Plan.Step step) {
    return state.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(step.name() + "."))
        .mapToLong(entry -> entry.getValue().elements())
        .sum();
  }

  static String reads(Plan plan, Plan.Step step) {
    return String.join(
        ", ",
        step.from().stream()
            .map(
                from ->
                    from < 0
                        ? plan.inputs().keySet().stream().toList().get(-1 - from)
                        : plan.steps().get(from).name())
            .toList());
  }

  private static void row(
      StringBuilder out, String first, String second, String third, String fourth) {
    String line = "%-32s %-24s %14s  %s".formatted(first, second, third, fourth);
    out.append(line.stripTrailing()).append('\n');
  }
}
