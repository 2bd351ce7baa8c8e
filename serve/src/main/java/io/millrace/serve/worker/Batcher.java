package io.millrace.serve.worker;

import io.millrace.data.Rows;
import io.millrace.ground.message.Problem;
import io.millrace.serve.Predictor;
import io.millrace.serve.Values;
import io.millrace.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests on one engine thread; those that wait together go through the network together.
 * Each is checked and prepared alone, so that a wrong one fails alone.
 */
final class Batcher {
  private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);
  private static final int MOST_ROWS = 256;

  private final Predictor predictor;
  private final Consumer<List<Frame>> replies;
  private final BlockingQueue<Frame> waiting = new LinkedBlockingQueue<>();

  Batcher(Predictor predictor, Consumer<List<Frame>> replies) {
    this.predictor = predictor;
    this.replies = replies;
  }

  void add(Frame request) {
    waiting.add(request);
  }

  /** Works until interrupted. */
  void run() throws InterruptedException {
    while (true) {
      List<Frame> requests = new ArrayList<>();
      requests.add(waiting.take());
      waiting.drainTo(requests, MOST_ROWS - 1);
      replies.accept(answer(requests));
    }
  }

  private List<Frame> answer(List<Frame> requests) {
    List<Frame> answers = new ArrayList<>();
    List<Frame> together = new ArrayList<>();
    List<Rows> prepared = new ArrayList<>();
    for (Frame request : requests) {
      try {
        if (request.kind() == Frame.Kind.EXPLAIN) {
          answers.add(answer(request, predictor.explain(request.values(), request.argument())));
        } else {
          prepared.add(predictor.prepare(request.values()));
          together.add(request);
        }
      } catch (Problem e) {
        answers.add(Frame.failed(request.id(), e));
      } catch (RuntimeException e) {
        answers.add(bug(request, e));
      }
    }
    if (!together.isEmpty()) {
      try {
        float[][] outputs = predictor.outputs(join(prepared));
        int from = 0;
        for (int i = 0; i < together.size(); i++) {
          int count = prepared.get(i).count();
          float[][] own = Arrays.copyOfRange(outputs, from, from + count);
          answers.add(answer(together.get(i), predictor.answer(own)));
          from += count;
        }
      } catch (Problem e) {
        together.forEach(request -> answers.add(Frame.failed(request.id(), e)));
      } catch (RuntimeException e) {
        together.forEach(request -> answers.add(bug(request, e)));
      }
    }
    return answers;
  }

  private static Rows join(List<Rows> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    Shape shape = parts.getFirst().shape();
    int size = (int) shape.elements();
    float[] all = new float[parts.stream().mapToInt(Rows::count).sum() * size];
    int at = 0;
    for (Rows part : parts) {
      for (int row = 0; row < part.count(); row++) {
        part.copy(row, all, at);
        at += size;
      }
    }
    return Rows.of(all, shape);
  }

  private static Frame answer(Frame request, List<Values> values) {
    return new Frame(request.id(), Frame.Kind.ANSWER, 0, List.of(), values);
  }

  private static Frame bug(Frame request, RuntimeException e) {
    String id = Long.toHexString(System.nanoTime());
    LOG.error("bug {} while answering request {}", id, request.id(), e);
    return Frame.bug(request.id(), id);
  }
}
