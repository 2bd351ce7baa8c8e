package io.millrace.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
      html(ctx, "page", "index.html", "", "");
    }
  }

  void playground(Context ctx) throws IOException {
    html(ctx, "playground", "playground.html", style("playground"), link("/live"));
  }

  void live(Context ctx) throws IOException {
    html(ctx, "live", "live.html", style("live"), link("/playground"));
  }

  private static String style(String name) {
    return "\n<link rel=\"stylesheet\" href=\"/assets/" + name + ".css\">";
  }

  private static String link(String path) {
    return "<a href=\"" + path + "\" data-text=\"other\"></a>";
  }

  /** A page: what all have, with its own script and content. */
  private static void html(Context ctx, String name, String file, String style, String link)
      throws IOException {
    ctx.header(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'");
    String page =
        text("shell.html")
            .replace("{name}", name)
            .replace("{style}", style)
            .replace("{link}", link)
            .replace("{content}", text(file));
    ctx.contentType("text/html; charset=utf-8").result(page);
  }

  private static String text(String name) throws IOException {
    return new String(read(name), StandardCharsets.UTF_8);
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
