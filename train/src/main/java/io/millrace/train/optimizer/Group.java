package io.millrace.train.optimizer;

import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Stars;
import io.millrace.tensor.Tensor;
import io.millrace.train.TrainException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Weights that are treated in a way of their own.
 *
 * @param match their names, {@code *} for any text; for example {@code *.bias}
 * @param rate the step length as a factor of the optimizer's
 * @param decay their weight decay; absent: the optimizer's
 */
public record Group(List<String> match, @Default("1") double rate, @Nullable Double decay) {
  /** Checks the factor. */
  public Group {
    match = List.copyOf(match);
    if (!(rate > 0) || (decay != null && !(decay >= 0))) {
      throw new TrainException("group.range", match, rate, String.valueOf(decay));
    }
  }

  private boolean matches(String name) {
    return match.stream().anyMatch(pattern -> Stars.fit(pattern, name));
  }

  /**
   * An optimizer in which each weight belongs to the first group that matches it, or to none.
   *
   * @throws TrainException if a group matches no weight
   */
  public static Optimizer over(
      OptimizerSpec settings, List<Group> groups, Map<String, Tensor> parameters) {
    if (groups.isEmpty()) {
      return settings.over(parameters);
    }
    Map<String, Tensor> rest = new LinkedHashMap<>(parameters);
    Map<String, Optimizer> parts = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      Map<String, Tensor> own = new LinkedHashMap<>();
      rest.forEach(
          (name, weight) -> {
            if (group.matches(name)) {
              own.put(name, weight);
            }
          });
      if (own.isEmpty()) {
        throw new TrainException("group.none", group.match(), parameters.keySet());
      }
      rest.keySet().removeAll(own.keySet());
      double decay = group.decay() == null ? settings.decay() : group.decay();
      parts.put("group" + i, settings.adjusted(settings.rate() * group.rate(), decay).over(own));
    }
    if (!rest.isEmpty()) {
      parts.put("rest", settings.over(rest));
    }
    return new PartedOptimizer(settings.rate(), parts);
  }
}
