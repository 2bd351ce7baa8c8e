package io.millrace.ground.message;

import java.util.Locale;

/** The languages Millrace speaks, as equals. */
public enum Language {
  ENGLISH("en"),
  CHINESE("zh");

  private static volatile Language current = ofSystem();

  private final String code;

  Language(String code) {
    this.code = code;
  }

  /** The ISO 639-1 code: {@code en} or {@code zh}. */
  public String code() {
    return code;
  }

  /** The language of this process, unless {@link #use} has set another. */
  public static Language current() {
    return current;
  }

  /** Sets the language of this process. */
  public static void use(Language language) {
    current = language;
  }

  /**
   * The language of a code or of an {@code Accept-Language} header; English where it is neither.
   *
   * @param tag for example {@code zh}, {@code zh-CN}, {@code en-GB,en;q=0.9}
   */
  public static Language of(String tag) {
    for (String part : tag.toLowerCase(Locale.ROOT).split(",")) {
      String trimmed = part.strip();
      if (trimmed.startsWith("zh")) {
        return CHINESE;
      }
      if (trimmed.startsWith("en")) {
        return ENGLISH;
      }
    }
    return ENGLISH;
  }

  private static Language ofSystem() {
    for (String name : new String[] {"MILLRACE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
      String value = System.getenv(name);
      if (value != null && !value.isBlank()) {
        return of(value);
      }
    }
    return of(Locale.getDefault().getLanguage());
  }
}
