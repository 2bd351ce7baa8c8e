package io.millrace.model.generation;

import io.millrace.model.architecture.Decoding;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Beam search for one prompt, with the rules of transformers for what is finished when. */
final class Beams {
  /** A text under way or done. */
  private record Beam(List<Long> ids, double score, int from) {}

  private final Decoding model;
  private final Sampling sampling;
  private final int most;
  private final List<Beam> finished = new ArrayList<>();

  Beams(Decoding model, Sampling sampling) {
    this.model = model;
    this.sampling = sampling;
    this.most = sampling.maxTokens();
  }

  Generated search(long[] prompt, Stack.@Nullable Memory memory) {
    int beams = sampling.beams();
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient();
        Cache cache = model.cache()) {
      List<Beam> running = List.of(new Beam(List.of(), 0, 0));
      long[] next = prompt;
      Stack.Memory seen = memory;
      for (int step = 1; step <= most; step++) {
        List<Beam> candidates;
        try (Scope inner = Scope.open()) {
          int rows = running.size();
          int time = next.length / rows;
          Tensor ids = Tensors.of(next, rows, time);
          long first = step == 1 ? 0 : prompt.length + step - 2L;
          Tensor state = model.lastState(ids, Stack.Places.from(first, time), cache, seen);
          Tensor scores = model.logits(state).select(1, 0);
          candidates = candidates(scores.to(DType.FLOAT32).toFloats(), running, prompt);
        }
        running = sort(candidates, step);
        if (running.isEmpty() || isDone(running, step)) {
          break;
        }
        next = new long[running.size()];
        long[] from = new long[running.size()];
        for (int i = 0; i < next.length; i++) {
          next[i] = running.get(i).ids.getLast();
          from[i] = running.get(i).from;
        }
        try (Scope inner = Scope.open()) {
          cache.reorder(Tensors.of(from, from.length));
        }
        if (memory != null) {
          seen = repeated(memory, running.size());
        }
      }
      List<Beam> all = finished.isEmpty() ? running : finished;
      Beam best = all.stream().max(Comparator.comparingDouble(Beam::score)).orElseThrow();
      boolean ended = !best.ids.isEmpty() && sampling.ends().contains(best.ids.getLast());
      return new Generated(
          best.ids.stream().mapToLong(Long::longValue).toArray(),
          List.of(),
          ended ? Generated.Finish.STOP : Generated.Finish.LENGTH);
    }
  }

  private static Stack.Memory repeated(Stack.Memory memory, int rows) {
    Tensor states = memory.states();
    Tensor real = memory.real();
    return new Stack.Memory(
        states.expand(rows, states.size(1), states.size(2)),
        real == null ? null : real.expand(rows, real.size(1)));
  }

  /** The best continuations of all beams, more of them than beams, so that ends cost no place. */
  private List<Beam> candidates(float[] scores, List<Beam> running, long[] prompt) {
    int vocabulary = scores.length / running.size();
    int keep = Math.max(2, 1 + sampling.ends().size()) * sampling.beams();
    List<Beam> all = new ArrayList<>();
    for (int row = 0; row < running.size(); row++) {
      Beam beam = running.get(row);
      float[] own = java.util.Arrays.copyOfRange(scores, row * vocabulary, (row + 1) * vocabulary);
      double norm = Choice.logSumExp(own);
      for (int i = 0; i < own.length; i++) {
        own[i] -= (float) norm;
      }
      Choice.penalize(own, prompt, beam.ids, sampling);
      for (Choice.Alternative one : Choice.alternatives(own, 0, keep)) {
        List<Long> longer = new ArrayList<>(beam.ids);
        longer.add(one.id());
        all.add(new Beam(longer, beam.score + one.logProbability(), row));
      }
    }
    all.sort(Comparator.comparingDouble((Beam beam) -> -beam.score));
    return all.subList(0, Math.min(keep, all.size()));
  }

  /** Puts what has ended aside; returns those that go on. */
  private List<Beam> sort(List<Beam> candidates, int step) {
    List<Beam> open = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      Beam beam = candidates.get(i);
      boolean ends = step == most || sampling.ends().contains(beam.ids.getLast());
      if (!ends && open.size() < sampling.beams()) {
        open.add(beam);
      }
      if (ends && i < sampling.beams()) {
        finished.add(new Beam(beam.ids, penalized(beam.score, step), 0));
      }
    }
    finished.sort(Comparator.comparingDouble((Beam beam) -> -beam.score));
    while (finished.size() > sampling.beams()) {
      finished.removeLast();
    }
    return open;
  }

  private double penalized(double score, int length) {
    return score / Math.pow(length, sampling.lengthPenalty());
  }

  /** Whether no running beam can still be better than the worst that is finished. */
  private boolean isDone(List<Beam> running, int step) {
    return finished.size() == sampling.beams()
        && penalized(running.getFirst().score, step) <= finished.getLast().score;
  }
}
