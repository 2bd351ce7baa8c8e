package io.millrace.ground.message;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.TreeSet;

/**
 * The texts of one package in every language: {@code messages_en.properties} and {@code
 * messages_zh.properties} (UTF-8) beside the package. {@code {0}}, {@code {1}} … stand for the
 * arguments; nothing else in a text is special.
 */
public final class Messages {
  private final Map<Language, ResourceBundle> bundles = new EnumMap<>(Language.class);

  private Messages(Class<?> anchor) {
    String base = anchor.getPackageName() + ".messages";
    for (Language language : Language.values()) {
      bundles.put(
          language,
          ResourceBundle.getBundle(
              base,
              Locale.of(language.code()),
              anchor.getClassLoader(),
              ResourceBundle.Control.getNoFallbackControl(
                  ResourceBundle.Control.FORMAT_PROPERTIES)));
    }
  }

  /** The texts that lie beside {@code anchor}'s package. */
  public static Messages beside(Class<?> anchor) {
    return new Messages(anchor);
  }

  /** The text of {@code key} in the current language. */
  public String text(String key, Object... arguments) {
    return text(Language.current(), key, arguments);
  }

  /**
   * The text of {@code key} in {@code language}, with the arguments filled in.
   *
   * @throws MissingResourceException if no such text exists: a mistake of ours, found by a test
   */
  public String text(Language language, String key, Object... arguments) {
    return fill(bundle(language).getString(key), arguments);
  }

  /** The keys of one language, for the test that all languages are full. */
  public Set<String> keys(Language language) {
    return new TreeSet<>(bundle(language).keySet());
  }

  private ResourceBundle bundle(Language language) {
    return java.util.Objects.requireNonNull(bundles.get(language));
  }

  private static String fill(String text, Object[] arguments) {
    StringBuilder out = new StringBuilder(text.length() + 32);
    int from = 0;
    while (true) {
      int open = text.indexOf('{', from);
      if (open < 0 || open + 2 >= text.length()) {
        return out.append(text, from, text.length()).toString();
      }
      int index = text.charAt(open + 1) - '0';
      if (index >= 0 && index < arguments.length && text.charAt(open + 2) == '}') {
        out.append(text, from, open).append(arguments[index]);
        from = open + 3;
      } else {
        out.append(text, from, open + 1);
        from = open + 1;
      }
    }
  }
}
