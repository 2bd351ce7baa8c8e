package io.millrace.data.template;

import io.millrace.data.template.Lexer.Kind;
import io.millrace.data.template.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads statements: loops, conditions, assignments, macros. */
final class Statements extends Parser {
  private int depth;

  Statements(List<Token> tokens) {
    super(tokens);
  }

  static Statement read(String template) {
    Statements parser = new Statements(Lexer.tokens(template));
    Statement whole = parser.body(Set.of());
    if (parser.peek().kind() != Kind.END) {
      throw new TemplateException("statement", parser.peek().text(), parser.line());
    }
    return whole;
  }

  /** Statements up to one of these words, which is not taken. */
  private Statement body(Set<String> ends) {
    if (++depth > Run.DEEPEST) {
      throw new TemplateException("deep", Run.DEEPEST);
    }
    List<Statement> all = new ArrayList<>();
    while (peek().kind() != Kind.END) {
      Token token = peek();
      if (token.kind() == Kind.TEXT) {
        String text = next().text();
        all.add(run -> run.write(text));
      } else if (token.kind() == Kind.PRINT_BEGIN) {
        next();
        Expression value = tuple();
        close(Kind.PRINT_END, "}}");
        all.add(
            run -> {
              run.step();
              run.write(Values.text(value.value(run)));
            });
      } else {
        next();
        if (ends.contains(peek().text())) {
          depth--;
          return together(all);
        }
        all.add(statement());
      }
    }
    if (!ends.isEmpty()) {
      throw new TemplateException("end", String.join("/", new java.util.TreeSet<>(ends)), line());
    }
    depth--;
    return together(all);
  }

  private static Statement together(List<Statement> all) {
    Statement[] each = all.toArray(Statement[]::new);
    return run -> {
      for (Statement one : each) {
        one.run(run);
      }
    };
  }

  private void close(Kind kind, String text) {
    if (peek().kind() != kind) {
      throw new TemplateException("expected", text, peek().text(), line());
    }
    next();
  }

  private void endBlock() {
    close(Kind.BLOCK_END, "%}");
  }

  private Statement statement() {
    int line = line();
    String word = name();
    return switch (word) {
      case "for" -> loop(line);
      case "if" -> condition();
      case "set" -> assignment(line);
      case "macro" -> macro(line);
      case "generation" -> generation();
      case "break", "continue" -> {
        endBlock();
        yield run -> {
          throw new Run.Jump(word.equals("break"));
        };
      }
      case "filter" -> filtered(line);
      default -> throw new TemplateException("statement", word, line);
    };
  }

  private Statement condition() {
    Expression test = expression();
    endBlock();
    Statement yes = body(Set.of("elif", "else", "endif"));
    String end = name();
    Statement no;
    switch (end) {
      case "elif" -> no = condition();
      case "else" -> {
        endBlock();
        no = body(Set.of("endif"));
        name();
        endBlock();
      }
      default -> {
        endBlock();
        no = run -> {};
      }
    }
    return run -> {
      run.step();
      (Values.isTrue(test.value(run)) ? yes : no).run(run);
    };
  }

  private List<String> targets() {
    boolean inParentheses = skip("(");
    List<String> names = new ArrayList<>(List.of(name()));
    while (skip(",")) {
      if (peek().kind() != Kind.NAME || isName("in")) {
        break;
      }
      names.add(name());
    }
    if (inParentheses) {
      expect(")");
    }
    return names;
  }

  private Statement loop(int line) {
    List<String> names = targets();
    expect("in");
    Expression source = loopSource();
    Expression filter = skip("if") ? expression() : null;
    if (skip("recursive")) {
      throw new TemplateException("statement", "recursive", line);
    }
    endBlock();
    Statement body = body(Set.of("else", "endfor"));
    Statement none;
    if (name().equals("else")) {
      endBlock();
      none = body(Set.of("endfor"));
      name();
    } else {
      none = run -> {};
    }
    endBlock();
    return new Loop(names, source, filter, body, none, line);
  }

  private static void bind(Run run, List<String> names, @Nullable Object value, int line) {
    if (names.size() == 1) {
      run.set(names.getFirst(), value);
      return;
    }
    List<@Nullable Object> parts = Values.items(value, line);
    if (parts.size() != names.size()) {
      throw new TemplateException("unpack", parts.size(), names.size(), line);
    }
    for (int i = 0; i < names.size(); i++) {
      run.set(names.get(i), parts.get(i));
    }
  }

  /** A loop with its {@code loop} variable. */
  private record Loop(
      List<String> names,
      Expression source,
      @Nullable Expression filter,
      Statement body,
      Statement none,
      int line)
      implements Statement {
    @Override
    public void run(Run run) {
      List<@Nullable Object> items = Values.items(source.value(run), line);
      if (filter != null) {
        List<@Nullable Object> kept = new ArrayList<>();
        for (Object item : items) {
          run.enter();
          bind(run, names, item, line);
          if (Values.isTrue(filter.value(run))) {
            kept.add(item);
          }
          run.leave();
        }
        items = kept;
      }
      if (items.isEmpty()) {
        none.run(run);
        return;
      }
      run.deeper();
      for (int i = 0; i < items.size(); i++) {
        run.step();
        run.enter();
        try {
          bind(run, names, items.get(i), line);
          run.set("loop", state(items, i));
          body.run(run);
        } catch (Run.Jump jump) {
          if (jump.leaves) {
            break;
          }
        } finally {
          run.leave();
        }
      }
      run.higher();
    }

    private static Map<String, @Nullable Object> state(List<@Nullable Object> items, int i) {
      int size = items.size();
      Map<String, @Nullable Object> state = new LinkedHashMap<>();
      state.put("index", i + 1L);
      state.put("index0", (long) i);
      state.put("first", i == 0);
      state.put("last", i == size - 1);
      state.put("length", (long) size);
      state.put("revindex", (long) (size - i));
      state.put("revindex0", (long) (size - i - 1));
      state.put("previtem", i > 0 ? items.get(i - 1) : new Values.Undefined("previtem"));
      state.put("nextitem", i < size - 1 ? items.get(i + 1) : new Values.Undefined("nextitem"));
      Values.Callable cycle =
          arguments -> arguments.plain().get(i % Math.max(1, arguments.plain().size()));
      state.put("cycle", cycle);
      return state;
    }
  }

  private Statement assignment(int line) {
    String first = name();
    if (skip(".")) {
      String attribute = name();
      expect("=");
      Expression value = tuple();
      endBlock();
      return run -> {
        run.step();
        if (!(run.get(first) instanceof Namespace space)) {
          throw new TemplateException("namespace", first, line);
        }
        space.set(attribute, value.value(run));
      };
    }
    List<String> names = new ArrayList<>(List.of(first));
    while (skip(",")) {
      names.add(name());
    }
    if (peek().kind() == Kind.BLOCK_END) {
      endBlock();
      Statement body = body(Set.of("endset"));
      name();
      endBlock();
      return run -> {
        run.step();
        run.set(first, run.apart(() -> body.run(run)));
      };
    }
    expect("=");
    Expression value = tuple();
    endBlock();
    return run -> {
      run.step();
      bind(run, names, value.value(run), line);
    };
  }

  private Statement macro(int line) {
    String macro = name();
    expect("(");
    Map<String, @Nullable Expression> parameters = new LinkedHashMap<>();
    while (!skip(")")) {
      if (!parameters.isEmpty()) {
        expect(",");
      }
      String parameter = name();
      parameters.put(parameter, skip("=") ? expression() : null);
    }
    endBlock();
    Statement body = body(Set.of("endmacro"));
    name();
    endBlock();
    List<String> names = List.copyOf(parameters.keySet());
    return run -> {
      Values.Callable callable =
          arguments -> {
            run.deeper();
            run.enter();
            try {
              for (int i = 0; i < names.size(); i++) {
                String name = names.get(i);
                Expression otherwise = parameters.get(name);
                Object given = arguments.get(i, name, new Values.Undefined(name));
                run.set(
                    name,
                    given instanceof Values.Undefined && otherwise != null
                        ? otherwise.value(run)
                        : given);
              }
              return run.apart(() -> body.run(run));
            } finally {
              run.leave();
              run.higher();
            }
          };
      run.set(macro, callable);
    };
  }

  /** The part that an assistant wrote: remembered, for training. */
  private Statement generation() {
    endBlock();
    Statement body = body(Set.of("endgeneration"));
    name();
    endBlock();
    return run -> {
      int from = run.written();
      body.run(run);
      run.marks.add(new int[] {from, run.written()});
    };
  }

  private Statement filtered(int line) {
    String filter = filterName();
    Filters.check(filter, line);
    Call call = isOperator("(") ? call() : new Call(List.of(), Map.of());
    endBlock();
    Statement body = body(Set.of("endfilter"));
    name();
    endBlock();
    return run ->
        run.write(
            Values.text(
                Filters.apply(
                    run, filter, run.apart(() -> body.run(run)), call.arguments(run), line)));
  }
}
