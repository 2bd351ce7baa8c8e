package io.millrace.data.grammar;

import io.millrace.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads a regular expression (ECMA-262's syntax, characters as code points). */
final class RegexGrammar {
  private static final int MOST_REPEATS = 10_000;
  private static final int DEEPEST = 100;
  private static final int LONGEST = 2000;

  private static final CodePoints DIGITS = CodePoints.range('0', '9');
  private static final CodePoints WORD =
      DIGITS
          .and(CodePoints.range('a', 'z'))
          .and(CodePoints.range('A', 'Z'))
          .and(CodePoints.of("_"));
  private static final CodePoints SPACE =
      CodePoints.of(" \t\n\r\f\u000B\u00A0\uFEFF\u2028\u2029\u1680\u202F\u205F\u3000")
          .and(CodePoints.range(0x2000, 0x200A));
  private static final CodePoints LINE_ENDS = CodePoints.of("\n\r\u2028\u2029");

  private final String regex;
  private final int[] text;
  private final Function<CodePoints, Grammar> write;
  private int at;
  private int depth;

  /**
   * @param write how one of a set of characters is written
   */
  RegexGrammar(String regex, Function<CodePoints, Grammar> write) {
    this.regex = regex;
    this.text = regex.codePoints().toArray();
    this.write = write;
  }

  /** The texts that it matches from beginning to end. */
  Grammar whole() {
    if (text.length > LONGEST) {
      throw new DataException("grammar.long", text.length, LONGEST);
    }
    take('^');
    Grammar all = choice();
    if (at < text.length) {
      throw wrong();
    }
    return all;
  }

  /** The texts in which it is found; {@code any} is what may stand around it. */
  Grammar found(Grammar any) {
    boolean begins = text.length > 0 && text[0] == '^';
    int last = text.length - 1;
    int backslashes = 0;
    while (last - 1 - backslashes >= 0 && text[last - 1 - backslashes] == '\\') {
      backslashes++;
    }
    boolean ends = last >= 0 && text[last] == '$' && backslashes % 2 == 0;
    Grammar whole = whole();
    return Grammar.row(begins ? Grammar.EMPTY : any, whole, ends ? Grammar.EMPTY : any);
  }

  private Grammar choice() {
    if (++depth > DEEPEST) {
      throw wrong();
    }
    List<Grammar> options = new ArrayList<>();
    options.add(row());
    while (take('|')) {
      options.add(row());
    }
    depth--;
    return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
  }

  private Grammar row() {
    List<Grammar> parts = new ArrayList<>();
    while (at < text.length && text[at] != '|' && text[at] != ')') {
      if (text[at] == '$' && at == text.length - 1) {
        at++;
        break;
      }
      parts.add(repeated(one()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Grammar.Sequence(parts);
  }

  private Grammar repeated(Grammar part) {
    Grammar all = part;
    if (take('*')) {
      all = new Grammar.Repeat(part, 0, Grammar.Repeat.UNBOUNDED);
    } else if (take('+')) {
      all = new Grammar.Repeat(part, 1, Grammar.Repeat.UNBOUNDED);
    } else if (take('?')) {
      all = Grammar.maybe(part);
    } else if (take('{')) {
      int least = number();
      int most = least;
      if (take(',')) {
        most = at < text.length && text[at] == '}' ? Grammar.Repeat.UNBOUNDED : number();
      }
      if (!take('}') || (most >= 0 && most < least)) {
        throw wrong();
      }
      all = new Grammar.Repeat(part, least, most);
    } else {
      return all;
    }
    take('?'); // which match is preferred does not matter for which texts match
    if (at < text.length && (text[at] == '*' || text[at] == '+' || text[at] == '{')) {
      throw wrong();
    }
    return all;
  }

  private int number() {
    int from = at;
    long value = 0;
    while (at < text.length && text[at] >= '0' && text[at] <= '9' && value <= MOST_REPEATS) {
      value = 10 * value + text[at++] - '0';
    }
    if (at == from || value > MOST_REPEATS) {
      throw wrong();
    }
    return (int) value;
  }

  private Grammar one() {
    int c = text[at++];
    switch (c) {
      case '(' -> {
        if (take('?') && !take(':')) {
          throw wrong(); // looks around, or has a name
        }
        Grammar group = choice();
        if (!take(')')) {
          throw wrong();
        }
        return group;
      }
      case '[' -> {
        return written(characterClass());
      }
      case '.' -> {
        return written(LINE_ENDS.others());
      }
      case '\\' -> {
        return written(escaped(false));
      }
      case '*', '+', '?', '{', '^', '$' -> {
        at--;
        throw wrong();
      }
      default -> {
        return written(CodePoints.range(c, c));
      }
    }
  }

  private Grammar written(CodePoints some) {
    if (some.isEmpty()) {
      throw wrong();
    }
    return write.apply(some);
  }

  private CodePoints characterClass() {
    boolean not = take('^');
    CodePoints all = CodePoints.none();
    while (!take(']')) {
      CodePoints first = inClass();
      if (at + 1 < text.length && text[at] == '-' && text[at + 1] != ']') {
        at++;
        int low = single(first);
        int high = single(inClass());
        if (high < low) {
          throw wrong();
        }
        all = all.and(CodePoints.range(low, high));
      } else {
        all = all.and(first);
      }
    }
    return not ? all.others() : all;
  }

  private CodePoints inClass() {
    if (at >= text.length) {
      throw wrong();
    }
    int c = text[at++];
    return c == '\\' ? escaped(true) : CodePoints.range(c, c);
  }

  private int single(CodePoints some) {
    int first = some.first();
    if (some.isEmpty() || !some.without(CodePoints.range(first, first)).isEmpty()) {
      throw wrong();
    }
    return first;
  }

  private CodePoints escaped(boolean inClass) {
    if (at >= text.length) {
      throw wrong();
    }
    int c = text[at++];
    return switch (c) {
      case 'd' -> DIGITS;
      case 'D' -> DIGITS.others();
      case 'w' -> WORD;
      case 'W' -> WORD.others();
      case 's' -> SPACE;
      case 'S' -> SPACE.others();
      case 'n' -> CodePoints.of("\n");
      case 'r' -> CodePoints.of("\r");
      case 't' -> CodePoints.of("\t");
      case 'f' -> CodePoints.of("\f");
      case 'v' -> CodePoints.of("\u000B");
      case 'x' -> hex(2);
      case 'u' -> take('{') ? hexUntilBrace() : hex(4);
      default -> {
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter && !(inClass && c == 'b')) {
          at--;
          throw wrong(); // \b, \1, \p{…} and the like
        }
        yield c == 'b' ? CodePoints.of("\b") : CodePoints.range(c, c);
      }
    };
  }

  private CodePoints hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < text.length ? Character.digit(text[at], 16) : -1;
      if (digit < 0) {
        throw wrong();
      }
      at++;
      value = 16 * value + digit;
    }
    return CodePoints.range(value, value);
  }

  private CodePoints hexUntilBrace() {
    int end = at;
    while (end < text.length && text[end] != '}') {
      end++;
    }
    if (end == at || end - at > 6) {
      throw wrong();
    }
    CodePoints one = hex(end - at);
    if (!take('}') || one.first() > Character.MAX_CODE_POINT) {
      throw wrong();
    }
    return one;
  }

  private boolean take(int c) {
    if (at < text.length && text[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  private DataException wrong() {
    return new DataException("grammar.regex", regex, at + 1);
  }
}
