package io.millrace.data.grammar;

import java.util.ArrayList;
import java.util.List;

/** JSON's own parts, as models write them: at most one blank or one indented line between parts. */
final class JsonText {
  /** Free values nest so deep at most, which every parser reads. */
  private static final int DEEPEST = 12;

  private static final int DEEPEST_INDENT = 48;

  private static final CodePoints CONTROLS = CodePoints.range(0, 0x1F);
  private static final CodePoints QUOTED = CONTROLS.and(CodePoints.of("\"\\"));

  /** Characters that a string may hold as they are. */
  static final Grammar PLAIN_CHARACTER = CodePoints.plain(QUOTED.others());

  private static final Grammar HEX =
      CodePoints.plain(
          CodePoints.range('0', '9')
              .and(CodePoints.range('a', 'f'))
              .and(CodePoints.range('A', 'F')));

  /** {@code \\uXXXX} but for surrogates, which would have to come in pairs. */
  private static final Grammar UNICODE =
      Grammar.row(
          Grammar.text("\\u"),
          Grammar.either(
              Grammar.row(CodePoints.plain(CodePoints.of("0123456789abcefABCEF")), HEX, HEX, HEX),
              Grammar.row(
                  CodePoints.plain(CodePoints.of("dD")),
                  CodePoints.plain(CodePoints.range('0', '7')),
                  HEX,
                  HEX)));

  /** One character of a string. */
  static final Grammar CHARACTER =
      Grammar.either(
          PLAIN_CHARACTER,
          Grammar.row(Grammar.text("\\"), CodePoints.plain(CodePoints.of("\"\\/bfnrt"))),
          UNICODE);

  static final Grammar QUOTE = Grammar.text("\"");

  /** What may stand between parts. */
  static final Grammar SPACE =
      Grammar.maybe(
          Grammar.either(
              Grammar.text(" "),
              Grammar.row(
                  Grammar.text("\n"), new Grammar.Repeat(Grammar.text(" "), 0, DEEPEST_INDENT))));

  private static final Grammar COMMA = Grammar.row(Grammar.text(","), SPACE);
  private static final Grammar STRING = string(0, Grammar.Repeat.UNBOUNDED);

  private static final Grammar[] VALUES = new Grammar[DEEPEST + 1];

  private JsonText() {}

  static Grammar string(int least, int most) {
    return quoted(new Grammar.Repeat(CHARACTER, least, most));
  }

  static Grammar quoted(Grammar inside) {
    return Grammar.row(QUOTE, inside, QUOTE);
  }

  /** A character as a string spells it: quotes, backslashes and controls escaped. */
  static Grammar escaped(CodePoints some) {
    List<Grammar> options = new ArrayList<>();
    CodePoints plain = some.without(QUOTED);
    if (!plain.isEmpty()) {
      options.add(CodePoints.plain(plain));
    }
    CodePoints quoted = some.without(QUOTED.others());
    for (int c = quoted.first(); c >= 0; c = quoted.first()) {
      options.add(Grammar.text(escape(c)));
      quoted = quoted.without(CodePoints.range(c, c));
    }
    return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
  }

  private static String escape(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted(c);
    };
  }

  static Grammar object() {
    return Grammar.row(object(value(DEEPEST - 1)), SPACE);
  }

  /** Any value. */
  static Grammar value() {
    return value(DEEPEST);
  }

  /** Any value that nests so deep at most. */
  private static synchronized Grammar value(int depth) {
    if (VALUES[depth] == null) {
      List<Grammar> options = new ArrayList<>();
      options.add(STRING);
      options.add(NumberGrammar.any());
      options.add(Grammar.anyOf(List.of("true", "false", "null")));
      if (depth > 0) {
        Grammar inner = value(depth - 1);
        options.add(object(inner));
        options.add(list(new Grammar.Sequence(List.of()), inner, 0, Grammar.Repeat.UNBOUNDED));
      }
      VALUES[depth] = new Grammar.Choice(options);
    }
    return VALUES[depth];
  }

  /** An object of any keys. */
  static Grammar object(Grammar value) {
    return braces(Grammar.maybe(separated(pair(STRING, value))));
  }

  static Grammar braces(Grammar inside) {
    return Grammar.row(Grammar.text("{"), SPACE, inside, SPACE, Grammar.text("}"));
  }

  static Grammar pair(Grammar key, Grammar value) {
    return Grammar.row(key, Grammar.text(":"), SPACE, value);
  }

  private static Grammar separated(Grammar part) {
    return Grammar.row(part, more(part));
  }

  static Grammar more(Grammar part) {
    return new Grammar.Repeat(Grammar.row(COMMA, part), 0, Grammar.Repeat.UNBOUNDED);
  }

  static Grammar comma() {
    return COMMA;
  }

  /** A list of so many values of one kind; {@code first} stands before them. */
  static Grammar list(Grammar first, Grammar value, int least, int most) {
    Grammar inside;
    if (most == 0) {
      inside = Grammar.EMPTY;
    } else {
      Grammar rest =
          new Grammar.Repeat(
              Grammar.row(COMMA, value), Math.max(0, least - 1), most < 0 ? most : most - 1);
      inside = Grammar.row(value, rest);
      inside = least == 0 ? Grammar.maybe(inside) : inside;
    }
    return Grammar.row(Grammar.text("["), SPACE, first, inside, SPACE, Grammar.text("]"));
  }
}
