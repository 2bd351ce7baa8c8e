package io.millrace.data.template;

import io.millrace.data.template.Lexer.Kind;
import io.millrace.data.template.Lexer.Token;
import java.util.List;

/** Goes through tokens one by one. */
class Tokens {
  private final List<Token> tokens;
  private int at;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  /** The token behind the next one. */
  Token second() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    return tokens.get(at == tokens.size() - 1 ? at : at++);
  }

  int line() {
    return peek().line();
  }

  boolean is(Kind kind, String text) {
    return peek().kind() == kind && peek().text().equals(text);
  }

  boolean isOperator(String text) {
    return is(Kind.OPERATOR, text);
  }

  boolean isName(String text) {
    return is(Kind.NAME, text);
  }

  boolean skip(String text) {
    if (isOperator(text) || isName(text)) {
      next();
      return true;
    }
    return false;
  }

  void expect(String text) {
    if (!skip(text)) {
      throw new TemplateException("expected", text, peek().text(), line());
    }
  }

  String name() {
    if (peek().kind() != Kind.NAME) {
      throw new TemplateException("expected", "a name", peek().text(), line());
    }
    return next().text();
  }
}
