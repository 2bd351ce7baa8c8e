package io.millrace.train;

import io.millrace.ground.message.Problem;
import io.millrace.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all listeners; one that fails is reported and left out, a {@link Problem} ends training.
 */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
  private final List<TrainingListener> listeners;
  private final List<String> failures = new ArrayList<>();

  Listeners(List<TrainingListener> listeners) {
    this.listeners = new ArrayList<>(listeners);
    this.listeners.sort(Comparator.comparing(TrainingListener::isLast));
  }

  void each(Consumer<TrainingListener> tell) {
    for (int i = 0; i < listeners.size(); i++) {
      try {
        tell.accept(listeners.get(i));
      } catch (Problem e) {
        throw e;
      } catch (RuntimeException e) {
        String name = listeners.get(i).getClass().getSimpleName();
        failures.add(name + ": " + e.getMessage());
        LOG.error("listener {} failed and is left out from now on", name, e);
        listeners.remove(i--);
      }
    }
  }

  /** What went wrong, one sentence each. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (int i = 0; i < listeners.size(); i++) {
      String prefix = prefix(i);
      listeners.get(i).state().forEach((name, tensor) -> all.put(prefix + name, tensor));
    }
    return all;
  }

  void restore(Map<String, Tensor> saved) {
    for (int i = 0; i < listeners.size(); i++) {
      String prefix = prefix(i);
      Map<String, Tensor> own = new LinkedHashMap<>();
      saved.forEach(
          (name, tensor) -> {
            if (name.startsWith(prefix)) {
              own.put(name.substring(prefix.length()), tensor);
            }
          });
      if (!own.isEmpty()) {
        listeners.get(i).restore(own);
      }
    }
  }

  /** By kind, so that another listener more or less does no harm. */
  private String prefix(int index) {
    Class<?> kind = listeners.get(index).getClass();
    long before =
        listeners.subList(0, index).stream().filter(other -> other.getClass() == kind).count();
    return kind.getSimpleName() + "." + before + ".";
  }
}
