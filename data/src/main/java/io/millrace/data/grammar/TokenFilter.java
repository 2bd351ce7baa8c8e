package io.millrace.data.grammar;

import io.millrace.data.DataException;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens may follow, so that a text is one of a grammar's and comes to its end in time. One
 * filter serves many texts, but not on several threads.
 *
 * <pre>{@code
 * TokenFilter filter = new TokenFilter(Grammar.regex("[0-9]+"), vocabulary);
 * TokenFilter.Place place = filter.start();
 * place.narrow(scores, ends, 20);       // forbids what may not come within 20 tokens
 * place.take(id, text);
 * }</pre>
 */
public final class TokenFilter {
  /** Tokens that may follow a state. */
  static final class Allowed {
    final long[] ids;

    /** The fewest bytes to an end behind the worst of them. */
    long worst;

    private Allowed(int size) {
      ids = new long[(size + 63) / 64];
    }
  }

  private static final int MOST_SETS = 2000;

  private final Automaton automaton;
  private final Vocabulary vocabulary;
  private final Automaton.@Nullable State[] path;
  private final byte[][] byId;
  private final boolean stripsBlank;
  private int sets;

  /** A filter for texts of a grammar. */
  public TokenFilter(Grammar grammar, Vocabulary vocabulary) {
    this.stripsBlank = vocabulary.stripsBlank();
    this.automaton = new Automaton(grammar);
    this.vocabulary = vocabulary;
    this.path = new Automaton.State[vocabulary.longest() + 1];
    this.byId = new byte[vocabulary.size()][];
    for (int i = 0; i < vocabulary.count(); i++) {
      byId[vocabulary.id(i)] = vocabulary.text(i);
    }
  }

  /** Before the first token. */
  public Place start() {
    return new Place(automaton.start());
  }

  /** Whether a token begins with a blank. */
  private boolean isBlank(int id) {
    return byId[id] != null && byId[id][0] == ' ';
  }

  /** A text on its way. */
  public final class Place {
    private Automaton.State state;
    private boolean first = true;

    private Place(Automaton.State state) {
      this.state = state;
    }

    /** Whether the text is whole and nothing may follow. */
    public boolean isOver() {
      return state.accepts() && state.isOver();
    }

    /** Whether the text is whole. */
    public boolean isWhole() {
      return state.accepts();
    }

    /**
     * Forbids what may not come.
     *
     * @param scores one for each token; those that may not come become negative infinity
     * @param ends tokens that end the text
     * @param left tokens that may still be written, this one too: where they run short only what
     *     leads to an end may come
     * @throws DataException if no token fits
     */
    public void narrow(float[] scores, Set<Long> ends, int left) {
      Allowed allowed = allowed(state);
      LongPredicate may = id -> (allowed.ids[(int) (id >> 6)] & (1L << (id & 63))) != 0;
      if (allowed.worst > left - 1) {
        Allowed quick = quick(left - 1);
        may = id -> (quick.ids[(int) (id >> 6)] & (1L << (id & 63))) != 0;
      }
      boolean any = false;
      for (int id = 0; id < scores.length; id++) {
        boolean fits =
            ends.contains((long) id) ? state.accepts() : id < byId.length && may.test(id);
        if (!fits) {
          scores[id] = Float.NEGATIVE_INFINITY;
        }
        any |= fits;
      }
      if (!any) {
        throw new DataException("grammar.stuck");
      }
    }

    /** The tokens behind which an end is near enough; else those that lead to it fastest. */
    private Allowed quick(int left) {
      Allowed some = new Allowed(vocabulary.size());
      walk(state, (id, after) -> mark(some, id, after.least() <= left));
      if (isEmpty(some)) {
        long[] best = {Long.MAX_VALUE};
        walk(state, (id, after) -> best[0] = Math.min(best[0], after.least()));
        walk(state, (id, after) -> mark(some, id, after.least() == best[0]));
      }
      return some;
    }

    /** Goes on by a token that was allowed and is no end. */
    public void take(long id) {
      byte[] text = byId[(int) id];
      Automaton.State now = state;
      for (byte one : text) {
        now = java.util.Objects.requireNonNull(automaton.step(now, one & 0xFF));
      }
      state = now;
      first = false;
    }
  }

  private static boolean isEmpty(Allowed some) {
    for (long word : some.ids) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  private static void mark(Allowed set, int id, boolean in) {
    if (in) {
      set.ids[id >> 6] |= 1L << (id & 63);
    }
  }

  private Allowed allowed(Automaton.State state) {
    Allowed known = state.allowed;
    if (known != null) {
      return known;
    }
    Allowed made = new Allowed(vocabulary.size());
    walk(
        state,
        (id, after) -> {
          mark(made, id, true);
          made.worst = Math.max(made.worst, after.least());
        });
    if (sets++ < MOST_SETS) {
      state.allowed = made;
    }
    return made;
  }

  private interface Visit {
    void token(int id, Automaton.State after);
  }

  /** Every token that fits behind a state; beginnings that tokens share are read once. */
  private void walk(Automaton.State state, Visit visit) {
    path[0] = state;
    int i = 0;
    while (i < vocabulary.count()) {
      byte[] text = vocabulary.text(i);
      int at = vocabulary.shared(i);
      Automaton.State now = path[at];
      while (at < text.length && now != null) {
        now = automaton.step(java.util.Objects.requireNonNull(now), text[at] & 0xFF);
        path[++at] = now;
      }
      if (now == null) {
        int dead = at;
        i++;
        while (i < vocabulary.count() && vocabulary.shared(i) >= dead) {
          i++;
        }
      } else {
        visit.token(vocabulary.id(i), now);
        i++;
      }
    }
  }
}
