package io.millrace.serve.engine;

import java.util.EnumMap;
import java.util.Map;

/** What an engine counts, on its own thread. */
final class Counts {
  private final Map<Listener.Finish, Long> finished = new EnumMap<>(Listener.Finish.class);
  private final Histogram first =
      new Histogram(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
  private final Histogram between =
      new Histogram(0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2.5);
  private long prompts;
  private long shared;
  private long written;
  private long guessed;
  private long right;

  void finished(Listener.Finish finish) {
    finished.merge(finish, 1L, Long::sum);
  }

  void prompt(int tokens, int known) {
    prompts += tokens;
    shared += known;
  }

  void token(boolean isFirst, Job job) {
    written++;
    double seconds = job.sinceLast();
    (isFirst ? first : between).add(seconds);
  }

  void guessed(int tokens, int ofThoseRight) {
    guessed += tokens;
    right += ofThoseRight;
  }

  EngineState state(int running, int waiting, double cacheUse) {
    return new EngineState(
        running,
        waiting,
        cacheUse,
        prompts,
        shared,
        written,
        guessed,
        right,
        Map.copyOf(finished),
        first.snapshot(),
        between.snapshot(),
        System.nanoTime());
  }
}
