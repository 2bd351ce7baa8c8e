package io.millrace.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page and its files, all from this jar; nothing is loaded from anywhere else. */
final class Page {
  private static final Map<String, String> TYPES =
      Map.of(
          "page.css", "text/css; charset=utf-8",
          "page.js", "text/javascript; charset=utf-8",
          "texts.js", "text/javascript; charset=utf-8",
          "digit.js", "text/javascript; charset=utf-8",
          "playground.css", "text/css; charset=utf-8",
          "playground.js", "text/javascript; charset=utf-8",
          "live.css", "text/css; charset=utf-8",
          "live.js", "text/javascript; charset=utf-8",
          "wheel.svg", "image/svg+xml");

  private final Models models;

  Page(Models models) {
    this.models = models;
  }

  /** Where only language models are served, the page to talk to them. */
  void index(Context ctx) throws IOException {
    if (models.all().isEmpty() && !models.languages().isEmpty()) {
      ctx.redirect("/playground");
    } else {
      html(ctx, "index.html");
    }
  }

  void playground(Context ctx) throws IOException {
    html(ctx, "playground.html");
  }

  void live(Context ctx) throws IOException {
    html(ctx, "live.html");
  }

  private static void html(Context ctx, String file) throws IOException {
    ctx.header(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
    ctx.contentType("text/html; charset=utf-8").result(read(file));
  }

  void asset(Context ctx) throws IOException {
    String file = ctx.pathParam("file");
    @Nullable String type = TYPES.get(file);
    if (type == null) {
      throw new ServerException(404, "path.unknown", ctx.path());
    }
    ctx.contentType(type).result(read(file));
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = Page.class.getResourceAsStream("page/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks page/" + name);
      }
      return in.readAllBytes();
    }
  }
}
