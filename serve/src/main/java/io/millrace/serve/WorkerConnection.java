package io.millrace.serve;

import io.millrace.ground.message.Language;
import io.millrace.serve.worker.Frame;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** One worker process and the socket to it; requests and answers are matched by number. */
final class WorkerConnection implements AutoCloseable {
  private static final long START_SECONDS = 600;
  private static final long ARCHIVE_SECONDS = 10;

  private final String name;
  private final Process process;
  private final SocketChannel channel;
  private final @Nullable Path archive;

  /** Who waits for frames of one number. */
  interface Sink {
    /** A frame; {@link Frame.Kind#ANSWER} and {@link Frame.Kind#FAILED} are the last. */
    void frame(Frame frame);

    /** The worker has gone; nothing more comes. */
    void lost(ServeException problem);
  }

  private final Map<Long, Sink> waiting = new ConcurrentHashMap<>();
  private final LinkedBlockingQueue<Frame> outgoing = new LinkedBlockingQueue<>();
  private final AtomicLong numbers = new AtomicLong();
  private final CountDownLatch end = new CountDownLatch(1);

  private WorkerConnection(
      String name, Process process, SocketChannel channel, @Nullable Path archive) {
    this.archive = archive;
    this.name = name;
    this.process = process;
    this.channel = channel;
  }

  /** Starts a worker and waits until it has loaded the package. */
  static WorkerConnection open(String name, Path folder, List<String> options) throws IOException {
    Path directory = Files.createTempDirectory("millrace"); // readable by this user alone
    Path socket = directory.resolve("w");
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    String token = HexFormat.of().formatHex(secret);
    try (ServerSocketChannel door = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      door.bind(UnixDomainSocketAddress.of(socket));
      Process process = WorkerProcess.start(socket, folder, options, token);
      process.onExit().thenRun(() -> closeQuietly(door));
      CompletableFuture.delayedExecutor(START_SECONDS, TimeUnit.SECONDS)
          .execute(() -> closeQuietly(door));
      SocketChannel channel;
      try {
        channel = door.accept();
      } catch (java.nio.channels.ClosedChannelException e) {
        process.destroyForcibly();
        throw ServeException.unavailable("worker.ended", name, exit(process));
      }
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16));
      greet(name, process, in, token);
      WorkerConnection connection =
          new WorkerConnection(name, process, channel, WorkerProcess.archive(options));
      Thread.ofPlatform().daemon().name("millrace-from-" + name).start(() -> connection.read(in));
      Thread.ofPlatform().daemon().name("millrace-to-" + name).start(connection::write);
      return connection;
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(directory);
    }
  }

  private static void greet(String name, Process process, DataInputStream in, String token) {
    try {
      Frame hello = Frame.read(in);
      if (!hello.texts().isEmpty() && hello.texts().getFirst().equals(token)) {
        if (hello.kind() == Frame.Kind.HELLO) {
          return;
        }
        String said = hello.texts().get(1 + Language.current().ordinal());
        throw ServeException.unavailable("worker.said", said);
      }
      process.destroyForcibly();
      throw ServeException.unavailable("worker.ended", name, "token");
    } catch (IOException e) {
      process.destroyForcibly();
      throw ServeException.unavailable("worker.ended", name, exit(process));
    }
  }

  long pid() {
    return process.pid();
  }

  void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  CompletableFuture<Frame> ask(Frame.Kind kind, int argument, List<Values> inputs) {
    CompletableFuture<Frame> answer = new CompletableFuture<>();
    send(
        number -> new Frame(number, kind, argument, List.of(), inputs),
        new Sink() {
          @Override
          public void frame(Frame frame) {
            answer.complete(frame);
          }

          @Override
          public void lost(ServeException problem) {
            answer.completeExceptionally(problem);
          }
        });
    return answer;
  }

  /** Sends a request whose answer comes in pieces; what is returned cancels it. */
  Runnable stream(Frame.Kind kind, String json, Sink sink) {
    long number = send(one -> Frame.text(one, kind, json), sink);
    return () -> {
      if (waiting.remove(number) != null) {
        outgoing.add(Frame.text(number, Frame.Kind.CANCEL, ""));
      }
    };
  }

  private long send(LongFunction<Frame> request, Sink sink) {
    long number = numbers.incrementAndGet();
    waiting.put(number, sink);
    outgoing.add(request.apply(number));
    if (end.getCount() == 0) {
      failAll();
    }
    return number;
  }

  private void write() {
    try {
      DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
      Frame.writeAll(outgoing, out);
    } catch (IOException e) {
      close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(DataInputStream in) {
    try {
      while (true) {
        Frame frame = Frame.read(in);
        boolean more = frame.kind() == Frame.Kind.PIECE;
        Sink sink = more ? waiting.get(frame.id()) : waiting.remove(frame.id());
        if (sink != null) {
          sink.frame(frame);
        }
      }
    } catch (IOException e) {
      close();
    }
  }

  private void failAll() {
    for (Long number : waiting.keySet()) {
      Sink sink = waiting.remove(number);
      if (sink != null) {
        sink.lost(ServeException.unavailable("worker.lost", name));
      }
    }
  }

  /** Leaves the worker time to write its class data, once per installation. */
  private void awaitArchive() {
    try {
      process.waitFor(ARCHIVE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String exit(Process process) {
    return process.isAlive() ? "…" : Integer.toString(process.exitValue());
  }

  private static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      // It is closed or will never be used again.
    }
  }

  @Override
  public void close() {
    closeQuietly(channel); // at which a worker ends
    end.countDown();
    failAll();
    if (archive != null && !Files.exists(archive)) {
      awaitArchive();
    }
    process.destroyForcibly();
  }
}
