package io.millrace.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when a client that waits for a whole answer has hung up. Jetty reads nothing from a
 * connection while its request is answered, so this thread looks on: a socket that can be read and
 * has no bytes is at its end.
 */
final class Hangups {
  private static final Logger LOG = LoggerFactory.getLogger(Hangups.class);
  private static final Hangups ALL = new Hangups();

  /** A connection that is looked at; close it before the answer is written. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>();
  private final Selector selector;

  private Hangups() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().name("millrace-hangups").start(this::run);
  }

  /** Calls {@code gone} once if the client of this request hangs up. */
  static Watch watch(Context ctx, Runnable gone) {
    SocketChannel channel = channel(ctx);
    if (channel == null) {
      return () -> {};
    }
    ALL.command(() -> ALL.register(channel, gone));
    return () -> ALL.command(() -> ALL.forget(channel));
  }

  private static @Nullable SocketChannel channel(Context ctx) {
    ServletContextRequest request = ServletContextRequest.getServletContextRequest(ctx.req());
    Object transport =
        request == null
            ? null
            : request.getConnectionMetaData().getConnection().getEndPoint().getTransport();
    return transport instanceof SocketChannel channel ? channel : null;
  }

  private void command(Runnable command) {
    commands.add(command);
    selector.wakeup();
  }

  private void register(SocketChannel channel, Runnable gone) {
    try {
      SelectionKey old = channel.keyFor(selector);
      if (old != null && !old.isValid()) {
        selector.selectNow(); // takes away what was cancelled
      }
      channel.register(selector, SelectionKey.OP_READ, gone);
    } catch (ClosedChannelException e) {
      gone.run();
    } catch (IOException | CancelledKeyException e) {
      LOG.debug("a connection is not looked at", e);
    }
  }

  private void forget(SocketChannel channel) {
    SelectionKey key = channel.keyFor(selector);
    if (key != null) {
      key.cancel();
    }
  }

  private void run() {
    while (true) {
      try {
        selector.select(this::look);
      } catch (IOException | RuntimeException e) {
        LOG.warn("looking for hang-ups failed", e);
      }
      Runnable command;
      while ((command = commands.poll()) != null) {
        command.run();
      }
    }
  }

  private void look(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    boolean open = false;
    try {
      open = channel.socket().getInputStream().available() > 0;
    } catch (IOException e) {
      LOG.debug("a connection broke", e);
    }
    key.cancel(); // with bytes: the next request came early, and nobody hung up
    if (!open) {
      ((Runnable) key.attachment()).run();
    }
  }
}
