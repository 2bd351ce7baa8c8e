package io.millrace.serve.worker;

import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.serve.engine.EngineState;
import io.millrace.serve.engine.LanguageEngine;
import io.millrace.serve.language.TextWork;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers the frames of a deployment that writes texts. */
final class LanguageWork {
  private static final Logger LOG = LoggerFactory.getLogger(LanguageWork.class);

  private final TextWork engine;
  private final DataOutputStream out;
  private final LinkedBlockingQueue<Frame> outgoing = new LinkedBlockingQueue<>();
  private final Map<Long, LanguageEngine.Ticket> tickets = new ConcurrentHashMap<>();
  private final ExecutorService readers =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("millrace-prompts").factory());

  private LanguageWork(TextWork engine, DataOutputStream out) {
    this.engine = engine;
    this.out = out;
  }

  /** Makes a first pass, so that no caller waits for what is set up lazily. */
  static LanguageWork start(TextWork engine, DataOutputStream out) {
    engine.warmUp();
    return new LanguageWork(engine, out);
  }

  /** Works until the other side goes. */
  void serve(DataInputStream in) {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          LOG.error("{} failed; the supervisor starts another worker", thread.getName(), e);
          Runtime.getRuntime().halt(70);
        });
    Thread.ofPlatform().daemon().name("millrace-pieces").start(this::write);
    try {
      while (true) {
        Frame frame = Frame.read(in);
        switch (frame.kind()) {
          case WRITE -> readers.execute(() -> begin(frame));
          case CANCEL -> readers.execute(() -> cancel(frame.id()));
          case STATE -> outgoing.add(Frame.text(frame.id(), Frame.Kind.ANSWER, Json.text(told())));
          default -> LOG.warn("a frame of kind {} was not expected", frame.kind());
        }
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(0); // the parent has gone
    }
  }

  /** What the engine is doing, and how long ago its last step was while there was work. */
  private ObjectNode told() {
    EngineState state = engine.state();
    ObjectNode told = Json.mapper().valueToTree(state);
    boolean busy = state.running() + state.waiting() > 0;
    return told.put("sinceStep", busy ? (System.nanoTime() - state.lastStep()) / 1e9 : 0);
  }

  private void begin(Frame frame) {
    long id = frame.id();
    tickets.put(id, () -> {});
    try {
      LanguageEngine.Ticket ticket =
          engine.begin(
              (ObjectNode) Json.read(frame.texts().getFirst(), "request"),
              new TextWork.Events() {
                @Override
                public void piece(ObjectNode piece) {
                  outgoing.add(Frame.text(id, Frame.Kind.PIECE, Json.text(piece)));
                }

                @Override
                public void done(ObjectNode usage) {
                  tickets.remove(id);
                  outgoing.add(Frame.text(id, Frame.Kind.ANSWER, Json.text(usage)));
                }

                @Override
                public void failed(RuntimeException problem) {
                  fail(id, problem);
                }
              });
      tickets.replace(id, ticket); // unless it is over already
    } catch (RuntimeException e) {
      fail(id, e);
    }
  }

  private void fail(long id, RuntimeException e) {
    tickets.remove(id);
    if (e instanceof Problem problem) {
      outgoing.add(Frame.failed(id, problem));
    } else {
      String logged = Long.toHexString(System.nanoTime());
      LOG.error("bug {} while writing for request {}", logged, id, e);
      outgoing.add(Frame.bug(id, logged));
    }
  }

  private void cancel(long id) {
    LanguageEngine.Ticket ticket = tickets.remove(id);
    if (ticket != null) {
      ticket.cancel();
    }
  }

  private void write() {
    try {
      Frame.writeAll(outgoing, out);
    } catch (IOException e) {
      Runtime.getRuntime().halt(0); // nobody is listening any more
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
