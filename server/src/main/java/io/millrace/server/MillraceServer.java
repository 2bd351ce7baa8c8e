package io.millrace.server;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Language;
import io.millrace.ground.message.Problem;
import io.millrace.serve.Deployment;
import io.millrace.serve.ServeException;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server.
 *
 * <pre>{@code
 * try (MillraceServer server = MillraceServer.start("127.0.0.1", 8080, Map.of("digits", folder))) {
 *   server.awaitReady(Duration.ofSeconds(30));
 *   System.out.println(server.url());
 * }
 * }</pre>
 */
public final class MillraceServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MillraceServer.class);

  private final Javalin javalin;
  private final Models models;
  private final String host;

  private MillraceServer(Javalin javalin, Models models, String host) {
    this.javalin = javalin;
    this.models = models;
    this.host = host;
  }

  /**
   * Starts a server in local mode.
   *
   * @param host a loopback address
   * @param port 0 for any free one
   * @param packages model packages and folders of language models, by name
   * @throws ServerException if the port is taken or the address is not loopback
   */
  public static MillraceServer start(String host, int port, Map<String, Path> packages) {
    return start(host, port, packages, ServingOptions.USUAL);
  }

  /**
   * Starts a server in local mode.
   *
   * @param packages model packages and folders of language models, by name
   * @throws ServerException if the port is taken, the address is not loopback, or the models do not
   *     fit the memory
   */
  public static MillraceServer start(
      String host, int port, Map<String, Path> packages, ServingOptions options) {
    LocalMode.checkBind(host);
    Models models = new Models(options.memory());
    Javalin javalin = Javalin.create(config -> configure(config, models));
    try {
      // The port first: no worker is started for a server that cannot listen.
      javalin.start(host, port);
      packages.forEach((name, folder) -> models.add(name, folder, options.of(name)));
      options.aliases().forEach(models::alias);
      return new MillraceServer(javalin, models, host);
    } catch (RuntimeException e) {
      javalin.stop();
      models.close();
      throw isTaken(e) ? new ServerException(500, "port.taken", port, port + 1) : e;
    }
  }

  private static boolean isTaken(Throwable e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException
          || String.valueOf(cause.getMessage()).contains("Port already in use")) {
        return true;
      }
    }
    return false;
  }

  private static void configure(JavalinConfig config, Models models) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.prefer405over404 = true;
    config.http.maxRequestSize = Body.LARGEST;
    config.jetty.threadPool = threads();
    config.jetty.modifyHttpConfiguration(http -> http.setSendServerVersion(false));
    config.routes.before(ctx -> guard(ctx, models));
    for (Routes.Route route : new Routes(models).table()) {
      config.routes.addHttpHandler(route.method(), route.path(), route.handler());
    }
    config.routes.exception(Exception.class, MillraceServer::failed);
    config.routes.error(
        404,
        "*",
        ctx -> {
          if (!"application/json".equals(ctx.res().getContentType())) {
            error(ctx, 404, new ServerException(404, "path.unknown", ctx.path()));
          }
        });
  }

  /** Handlers run on virtual threads: they may wait for models and slow readers. */
  private static QueuedThreadPool threads() {
    QueuedThreadPool pool = new QueuedThreadPool(64, 8);
    pool.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    return pool;
  }

  private static void guard(Context ctx, Models models) {
    LocalMode.check(ctx);
    if (models.isDraining() && !ctx.path().startsWith("/v2/health/")) {
      ctx.header("Connection", "close").header("Retry-After", "5");
      throw new ServerException(503, "server.ending");
    }
    Runnable over = models.traffic().enter();
    Request.addCompletionListener(
        ServletContextRequest.getServletContextRequest(ctx.req()), e -> over.run());
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
  }

  private static void failed(Exception thrown, Context ctx) {
    Throwable e =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    switch (e) {
      case ServerException problem -> error(ctx, problem.status(), problem);
      case ServeException problem -> {
        if (problem.isTemporary()) {
          ctx.header("Retry-After", "1");
        }
        error(ctx, status(problem), problem);
      }
      case Problem problem -> error(ctx, 400, problem);
      case io.javalin.http.HttpResponseException response ->
          ctx.status(response.getStatus())
              .contentType("application/json")
              .result(Json.text(Map.of("error", String.valueOf(response.getMessage()))));
      default -> {
        String id = Long.toHexString(System.nanoTime());
        LOG.error("bug {} at {} {}", id, ctx.req().getMethod(), ctx.path(), e);
        error(ctx, 500, new ServerException(500, "bug", id));
      }
    }
  }

  private static int status(ServeException problem) {
    return switch (problem.key()) {
      case "worker.busy" -> 429;
      case "worker.bug" -> 500;
      default -> problem.isTemporary() ? 503 : 400;
    };
  }

  private static void error(Context ctx, int status, Problem problem) {
    String accepted = ctx.header("Accept-Language");
    Language language = accepted == null ? Language.current() : Language.of(accepted);
    String message = problem.message(language);
    Object error =
        ctx.path().startsWith("/v1/") ? OpenAiError.of(status, message, problem.key()) : message;
    ctx.status(status).contentType("application/json").result(Json.text(Map.of("error", error)));
  }

  /** The port in use. */
  public int port() {
    return javalin.port();
  }

  /** Where the page is. */
  public String url() {
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port() + "/";
  }

  /** The deployment of this name. */
  public Deployment model(String name) {
    return models.get(name);
  }

  /** The process that writes for this language model; 0 while none runs. */
  public long worker(String name) {
    Long pid = models.language(name).pid();
    return pid == null ? 0 : pid;
  }

  /** Waits until every model answers. */
  public void awaitReady(Duration most) {
    models.awaitReady(most);
  }

  /**
   * Takes no new requests, lets those on their way end (up to {@code millrace.drain.seconds}, 30),
   * stops listening and ends the workers.
   */
  @Override
  public void close() {
    models.drain();
    javalin.stop();
    models.close();
  }
}
