package io.millrace.train;

import io.millrace.ground.message.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells all listeners; one with a bug is reported and left out, a {@link Problem} ends training.
 */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
  private final List<TrainingListener> listeners;

  Listeners(List<TrainingListener> listeners) {
    this.listeners = new ArrayList<>(listeners);
  }

  void each(Consumer<TrainingListener> tell) {
    for (int i = 0; i < listeners.size(); i++) {
      try {
        tell.accept(listeners.get(i));
      } catch (Problem e) {
        throw e;
      } catch (RuntimeException e) {
        LOG.error("listener {} failed and is left out from now on", listeners.get(i), e);
        listeners.remove(i--);
      }
    }
  }
}
