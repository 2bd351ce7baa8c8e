package io.millrace.data.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into texts and tokens, with Jinja's {@code trim_blocks} and {@code
 * lstrip_blocks}: the line break behind a block goes, and so do blanks before a block at the start
 * of a line.
 */
final class Lexer {
  enum Kind {
    TEXT,
    PRINT_BEGIN,
    PRINT_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    INTEGER,
    FLOAT,
    STRING,
    OPERATOR,
    END
  }

  record Token(Kind kind, String text, int line) {}

  private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
  private static final Pattern FLOAT =
      Pattern.compile("[0-9][0-9_]*(\\.[0-9][0-9_]*([eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)");
  private static final Pattern INTEGER = Pattern.compile("[0-9][0-9_]*");
  private static final Set<String> TWO = Set.of("//", "**", "==", "!=", "<=", ">=");
  private static final String ONE = "+-*/%~<>=.,:|()[]{}";
  private static final Pattern RAW = Pattern.compile("\\s*raw\\s*([-+]?)%\\}");
  private static final Pattern ENDRAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(source.endsWith("\n") ? cut(source) : source);
    lexer.run();
    return lexer.tokens;
  }

  private static String cut(String source) {
    return source.substring(0, source.length() - 1);
  }

  private void run() {
    while (at < source.length()) {
      int open = nextOpen();
      String text = source.substring(at, open);
      if (open == source.length()) {
        add(Kind.TEXT, text);
        at = open;
        break;
      }
      char kind = source.charAt(open + 1);
      char sign = open + 2 < source.length() ? source.charAt(open + 2) : ' ';
      add(Kind.TEXT, stripped(text, kind, sign));
      advance(open + 2 + (sign == '-' || sign == '+' ? 1 : 0));
      switch (kind) {
        case '#' -> comment();
        case '{' -> {
          add(Kind.PRINT_BEGIN, "{{");
          inside("}}", Kind.PRINT_END, false);
        }
        default -> block();
      }
    }
    add(Kind.END, "");
  }

  private int nextOpen() {
    for (int i = at; i + 1 < source.length(); i++) {
      if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return source.length();
  }

  private String stripped(String text, char kind, char sign) {
    if (sign == '-') {
      return Text.stripEnd(text);
    }
    if (sign == '+' || kind == '{') {
      return text;
    }
    int start = text.lastIndexOf('\n') + 1;
    if ((start > 0 || lineStarts) && Text.strip(text.substring(start)).isEmpty()) {
      return text.substring(0, start);
    }
    return text;
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw new TemplateException("comment", line);
    }
    advance(end);
    close(2, source.charAt(end - 1), true);
  }

  private void block() {
    Matcher raw = RAW.matcher(source).region(at, source.length());
    if (raw.lookingAt()) {
      advance(raw.end() - 2);
      close(2, raw.group(1).isEmpty() ? ' ' : raw.group(1).charAt(0), true);
      Matcher end = ENDRAW.matcher(source);
      if (!end.find(at)) {
        throw new TemplateException("end", "endraw", line);
      }
      String text = source.substring(at, end.start());
      add(Kind.TEXT, end.group(1).equals("-") ? Text.stripEnd(text) : text);
      advance(end.end() - 2);
      close(2, end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
      return;
    }
    add(Kind.BLOCK_BEGIN, "{%");
    inside("%}", Kind.BLOCK_END, true);
  }

  /** Moves behind a closing sign and what it takes away behind it. */
  private void close(int length, char before, boolean trims) {
    advance(at + length);
    if (before == '-') {
      int i = at;
      while (i < source.length() && Text.isBlank(source.charAt(i))) {
        i++;
      }
      advance(i);
    } else if (trims && before != '+' && at < source.length() && source.charAt(at) == '\n') {
      advance(at + 1);
    }
  }

  private void inside(String closing, Kind kind, boolean trims) {
    int depth = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (Text.isBlank(c)) {
        advance(at + 1);
        continue;
      }
      if (depth == 0) {
        boolean signed = (c == '-' || (c == '+' && trims)) && source.startsWith(closing, at + 1);
        if (signed || source.startsWith(closing, at)) {
          add(kind, closing);
          at += signed ? 1 : 0;
          close(2, signed ? c : ' ', trims);
          return;
        }
      }
      depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
      token(c);
    }
    throw new TemplateException("end", closing, line);
  }

  private void token(char c) {
    if (c == '\'' || c == '"') {
      string(c);
      return;
    }
    for (Kind kind : new Kind[] {Kind.NAME, Kind.FLOAT, Kind.INTEGER}) {
      Pattern pattern = kind == Kind.NAME ? NAME : kind == Kind.FLOAT ? FLOAT : INTEGER;
      Matcher matcher = pattern.matcher(source).region(at, source.length());
      if (matcher.lookingAt()) {
        add(kind, matcher.group());
        advance(matcher.end());
        return;
      }
    }
    if (at + 1 < source.length() && TWO.contains(source.substring(at, at + 2))) {
      add(Kind.OPERATOR, source.substring(at, at + 2));
      advance(at + 2);
    } else if (ONE.indexOf(c) >= 0) {
      add(Kind.OPERATOR, String.valueOf(c));
      advance(at + 1);
    } else {
      throw new TemplateException("character", c, line);
    }
  }

  private void string(char quote) {
    StringBuilder text = new StringBuilder();
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      char c = source.charAt(i++);
      if (c != '\\' || i >= source.length()) {
        text.append(c);
        continue;
      }
      char escaped = source.charAt(i++);
      switch (escaped) {
        case 'n' -> text.append('\n');
        case 't' -> text.append('\t');
        case 'r' -> text.append('\r');
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'v' -> text.append('\u000B');
        case 'a' -> text.append('\u0007');
        case '0' -> text.append('\0');
        case '\n' -> {}
        case '\\', '\'', '"' -> text.append(escaped);
        case 'x', 'u', 'U' -> i = code(text, i, escaped);
        default -> text.append('\\').append(escaped);
      }
    }
    if (i >= source.length()) {
      throw new TemplateException("string", line);
    }
    add(Kind.STRING, text.toString());
    advance(i + 1);
  }

  private int code(StringBuilder text, int from, char kind) {
    int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    try {
      int code = Integer.parseInt(source.substring(from, from + digits), 16);
      text.append(kind == 'u' ? String.valueOf((char) code) : Character.toString(code));
      return from + digits;
    } catch (RuntimeException e) {
      throw new TemplateException("string", line);
    }
  }

  private void advance(int to) {
    for (int i = at; i < to; i++) {
      line += source.charAt(i) == '\n' ? 1 : 0;
    }
    if (to > at) {
      lineStarts = source.charAt(to - 1) == '\n';
    }
    at = to;
  }

  private void add(Kind kind, String text) {
    if (kind != Kind.TEXT || !text.isEmpty()) {
      tokens.add(new Token(kind, text, line));
    }
  }
}
