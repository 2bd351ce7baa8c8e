package io.millrace.evaluate.report;

import io.millrace.ground.message.Language;
import io.millrace.ground.message.Messages;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;

/** Small pieces of HTML: escaped text, and text in both languages of which the page shows one. */
final class Html {
  private static final Messages MESSAGES = Messages.beside(Html.class);

  private Html() {}

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** A text in every language; the page's switch shows one. */
  static String both(String key, Object... arguments) {
    StringBuilder out = new StringBuilder();
    for (Language language : Language.values()) {
      out.append("<span lang=\"")
          .append(language.code())
          .append("\">")
          .append(escape(MESSAGES.text(language, key, arguments)))
          .append("</span>");
    }
    return out.toString();
  }

  static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", share * 100);
  }

  /** A whole page, in the current language first. */
  static String page(String title, String subtitle, String main) {
    return resource("page.html")
        .replace("{{lang}}", Language.current().code())
        .replace("{{style}}", resource("report.css"))
        .replace("{{title}}", escape(title))
        .replace("{{subtitle}}", both(subtitle))
        .replace("{{main}}", main);
  }

  /** A section with a heading. */
  static String section(String key, String inside) {
    return "<section><h2>" + both(key) + "</h2>" + inside + "</section>\n";
  }

  /** A number with its name, the name as HTML. */
  static String figure(String value, String name) {
    return "<div class=\"figure\"><b>" + value + "</b><span>" + name + "</span></div>";
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(Html.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
