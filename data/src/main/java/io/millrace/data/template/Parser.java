package io.millrace.data.template;

import io.millrace.data.template.Lexer.Kind;
import io.millrace.data.template.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads expressions, with Jinja's precedence. Statements are read by {@link Statements}. */
class Parser extends Tokens {
  private int depth;

  Parser(List<Token> tokens) {
    super(tokens);
  }

  // ── expressions ─────────────────────────────────────────────────────────────────────────────

  Expression expression() {
    if (++depth > Run.DEEPEST) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
    Expression read = conditional();
    depth--;
    return read;
  }

  /** Several expressions with commas between them are one list. */
  Expression tuple() {
    Expression first = expression();
    if (!isOperator(",")) {
      return first;
    }
    List<Expression> all = new ArrayList<>(List.of(first));
    while (skip(",")) {
      if (peek().kind() == Kind.BLOCK_END || peek().kind() == Kind.PRINT_END) {
        break;
      }
      all.add(expression());
    }
    return tuple(all);
  }

  private static Expression tuple(List<Expression> all) {
    Expression list = list(all);
    return run -> new Tuple(Values.items(list.value(run), 0));
  }

  private static Expression list(List<Expression> all) {
    return run -> {
      List<@Nullable Object> values = new ArrayList<>();
      for (Expression one : all) {
        values.add(one.value(run));
      }
      return values;
    };
  }

  private Expression conditional() {
    Expression value = or();
    while (isName("if")) {
      next();
      Expression test = or();
      Expression yes = value;
      Expression no = skip("else") ? expression() : run -> new Values.Undefined("else");
      value = run -> Values.isTrue(test.value(run)) ? yes.value(run) : no.value(run);
    }
    return value;
  }

  /** A loop's list: an {@code if} behind it belongs to the loop. */
  Expression loopSource() {
    Expression first = or();
    if (!isOperator(",")) {
      return first;
    }
    List<Expression> all = new ArrayList<>(List.of(first));
    while (skip(",")) {
      all.add(or());
    }
    return list(all);
  }

  private Expression or() {
    Expression left = and();
    while (skip("or")) {
      Expression first = left;
      Expression second = and();
      left =
          run -> {
            Object value = first.value(run);
            return Values.isTrue(value) ? value : second.value(run);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (skip("and")) {
      Expression first = left;
      Expression second = not();
      left =
          run -> {
            Object value = first.value(run);
            return Values.isTrue(value) ? second.value(run) : value;
          };
    }
    return left;
  }

  private Expression not() {
    if (skip("not")) {
      if (++depth > Run.DEEPEST) {
        throw new TemplateException("deep", Run.DEEPEST);
      }
      Expression value = not();
      depth--;
      return run -> !Values.isTrue(value.value(run));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> signs = new ArrayList<>();
    List<Expression> sides = new ArrayList<>(List.of(first));
    int line = line();
    while (true) {
      String sign = null;
      for (String one : new String[] {"==", "!=", "<=", ">=", "<", ">"}) {
        if (isOperator(one)) {
          sign = one;
        }
      }
      if (isName("in")) {
        sign = "in";
      }
      if (isName("not") && second().text().equals("in")) {
        next();
        sign = "not in";
      }
      if (sign == null) {
        break;
      }
      next();
      signs.add(sign);
      sides.add(sum());
    }
    if (signs.isEmpty()) {
      return first;
    }
    return run -> {
      Object left = sides.getFirst().value(run);
      for (int i = 0; i < signs.size(); i++) {
        Object right = sides.get(i + 1).value(run);
        if (!Operations.holds(signs.get(i), left, right, line)) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  private interface Level {
    Expression read();
  }

  private Expression chain(Level level, String... signs) {
    Expression left = level.read();
    while (true) {
      String sign = null;
      for (String one : signs) {
        if (isOperator(one)) {
          sign = one;
        }
      }
      if (sign == null) {
        return left;
      }
      int line = line();
      next();
      Expression first = left;
      Expression second = level.read();
      String operation = sign;
      left =
          run -> {
            run.step();
            return Operations.of(operation, first.value(run), second.value(run), line);
          };
    }
  }

  private Expression sum() {
    return chain(this::concatenation, "+", "-");
  }

  private Expression concatenation() {
    return chain(this::product, "~");
  }

  private Expression product() {
    return chain(this::power, "*", "/", "//", "%");
  }

  private Expression power() {
    return chain(() -> unary(true), "**");
  }

  private Expression unary(boolean filters) {
    int line = line();
    Expression value;
    if (isOperator("-") || isOperator("+")) {
      if (++depth > Run.DEEPEST) {
        throw new TemplateException("deep", Run.DEEPEST);
      }
      boolean minus = next().text().equals("-");
      Expression inner = unary(false);
      depth--;
      value = run -> minus ? Operations.negative(inner.value(run), line) : inner.value(run);
    } else {
      value = postfix(primary());
    }
    return filters ? filtered(value) : value;
  }

  private Expression primary() {
    Token token = next();
    int line = token.line();
    switch (token.kind()) {
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (peek().kind() == Kind.STRING) {
          text.append(next().text());
        }
        String whole = text.toString();
        return run -> whole;
      }
      case INTEGER -> {
        try {
          long number = Long.parseLong(token.text().replace("_", ""));
          return run -> number;
        } catch (NumberFormatException e) {
          throw new TemplateException("expected", "a number", token.text(), line);
        }
      }
      case FLOAT -> {
        double number = Double.parseDouble(token.text().replace("_", ""));
        return run -> number;
      }
      case NAME -> {
        return switch (token.text()) {
          case "true", "True" -> run -> true;
          case "false", "False" -> run -> false;
          case "none", "None" -> run -> null;
          default -> {
            String name = token.text();
            yield run -> {
              run.step();
              return Globals.named(run, name);
            };
          }
        };
      }
      default -> {}
    }
    return switch (token.text()) {
      case "(" -> parenthesis();
      case "[" -> list(until("]"));
      case "{" -> mapping();
      default -> throw new TemplateException("expected", "a value", token.text(), line);
    };
  }

  private Expression parenthesis() {
    if (skip(")")) {
      return tuple(List.of());
    }
    Expression first = expression();
    if (skip(")")) {
      return first;
    }
    List<Expression> all = new ArrayList<>(List.of(first));
    while (skip(",")) {
      if (isOperator(")")) {
        break;
      }
      all.add(expression());
    }
    expect(")");
    return tuple(all);
  }

  private List<Expression> until(String end) {
    List<Expression> all = new ArrayList<>();
    while (!skip(end)) {
      if (!all.isEmpty()) {
        expect(",");
        if (skip(end)) {
          break;
        }
      }
      all.add(expression());
    }
    return all;
  }

  private Expression mapping() {
    Map<Expression, Expression> entries = new LinkedHashMap<>();
    while (!skip("}")) {
      if (!entries.isEmpty()) {
        expect(",");
        if (skip("}")) {
          break;
        }
      }
      Expression key = expression();
      expect(":");
      entries.put(key, expression());
    }
    return run -> {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      entries.forEach((key, value) -> map.put(Values.text(key.value(run)), value.value(run)));
      return map;
    };
  }

  private Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      int line = line();
      Expression whole = value;
      if (skip(".")) {
        Token token = next();
        String name = token.text();
        value =
            run -> {
              run.step();
              return token.kind() == Kind.INTEGER
                  ? Operations.item(whole.value(run), Long.valueOf(name), line)
                  : Operations.attribute(run, whole.value(run), name, line);
            };
      } else if (skip("[")) {
        value = subscript(whole, line);
      } else if (isOperator("(")) {
        Call call = call();
        value = run -> Operations.call(run, whole.value(run), call.arguments(run), line);
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression whole, int line) {
    Expression start = isOperator(":") ? null : expression();
    if (skip("]")) {
      Expression index = start;
      return run -> {
        run.step();
        return Operations.item(whole.value(run), index == null ? null : index.value(run), line);
      };
    }
    expect(":");
    Expression end = isOperator(":") || isOperator("]") ? null : expression();
    Expression step = skip(":") && !isOperator("]") ? expression() : null;
    expect("]");
    return run -> {
      run.step();
      return Operations.slice(
          whole.value(run), value(start, run), value(end, run), value(step, run), line);
    };
  }

  private static @Nullable Object value(@Nullable Expression expression, Run run) {
    return expression == null ? null : expression.value(run);
  }

  /** The arguments of a call, not yet worked out. */
  record Call(List<Expression> plain, Map<String, Expression> named) {
    Values.Arguments arguments(Run run) {
      List<@Nullable Object> values = new ArrayList<>();
      plain.forEach(one -> values.add(one.value(run)));
      Map<String, @Nullable Object> names = new LinkedHashMap<>();
      named.forEach((name, one) -> names.put(name, one.value(run)));
      return new Values.Arguments(values, names);
    }
  }

  Call call() {
    expect("(");
    List<Expression> plain = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!skip(")")) {
      if (!plain.isEmpty() || !named.isEmpty()) {
        expect(",");
        if (skip(")")) {
          break;
        }
      }
      if (peek().kind() == Kind.NAME
          && second().text().equals("=")
          && second().kind() == Kind.OPERATOR) {
        String name = name();
        expect("=");
        named.put(name, expression());
      } else {
        plain.add(expression());
      }
    }
    return new Call(plain, named);
  }

  private Expression filtered(Expression of) {
    Expression value = of;
    while (true) {
      int line = line();
      Expression input = value;
      if (skip("|")) {
        String name = filterName();
        Filters.check(name, line);
        Call call = isOperator("(") ? call() : new Call(List.of(), Map.of());
        value =
            run -> {
              run.step();
              return Filters.apply(run, name, input.value(run), call.arguments(run), line);
            };
      } else if (isName("is")) {
        next();
        boolean no = skip("not");
        String name = name();
        Call call = testArguments();
        Tests.check(name, line);
        value =
            run -> {
              run.step();
              return no != Tests.holds(name, input.value(run), call.arguments(run), line);
            };
      } else if (isOperator("(")) {
        Call call = call();
        value = run -> Operations.call(run, input.value(run), call.arguments(run), line);
      } else if (isOperator(".") || isOperator("[")) {
        value = postfix(value);
      } else {
        return value;
      }
    }
  }

  String filterName() {
    StringBuilder name = new StringBuilder(name());
    while (skip(".")) {
      name.append('.').append(name());
    }
    return name.toString();
  }

  /** Arguments of a test may stand without parentheses: {@code is divisibleby 3}. */
  private Call testArguments() {
    if (isOperator("(")) {
      return call();
    }
    Token token = peek();
    boolean word =
        token.kind() == Kind.NAME
            && !List.of("else", "or", "and", "is", "if", "not", "in").contains(token.text());
    boolean value =
        token.kind() == Kind.STRING
            || token.kind() == Kind.INTEGER
            || token.kind() == Kind.FLOAT
            || isOperator("[")
            || isOperator("{")
            || word;
    return value ? new Call(List.of(postfix(primary())), Map.of()) : new Call(List.of(), Map.of());
  }
}
