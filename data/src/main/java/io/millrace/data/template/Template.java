package io.millrace.data.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template, read once and rendered often, by many threads if need be.
 *
 * <pre>{@code
 * Template hello = Template.of("Hello {{ name | upper }}!");
 * String text = hello.render(Map.of("name", "world"));   // Hello WORLD!
 * }</pre>
 */
public final class Template {
  private static final int LONGEST = 1 << 20;

  /**
   * A rendering.
   *
   * @param marked where parts inside {@code generation} blocks begin and end in the text
   */
  public record Rendered(String text, List<int[]> marked) {}

  private final Statement body;

  private Template(Statement body) {
    this.body = body;
  }

  /**
   * Reads a template.
   *
   * @throws TemplateException if it cannot be read, with the line
   */
  public static Template of(String text) {
    if (text.length() > LONGEST) {
      throw new TemplateException("large", text.length(), LONGEST);
    }
    try {
      return new Template(Statements.read(text));
    } catch (StackOverflowError e) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
  }

  /**
   * Renders with these names.
   *
   * @param names texts, {@link Long}s, {@link Double}s, {@link Boolean}s, lists, maps with texts as
   *     keys, and {@code null}
   * @throws TemplateException if the template calls for something that is not there, says so itself
   *     ({@code raise_exception}), or passes a bound
   */
  public Rendered render(Map<String, ? extends @Nullable Object> names) {
    Run run = new Run(names);
    try {
      body.run(run);
    } catch (Run.Jump e) {
      throw new TemplateException("jump");
    } catch (StackOverflowError e) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
    return new Rendered(run.output(), run.marks);
  }
}
