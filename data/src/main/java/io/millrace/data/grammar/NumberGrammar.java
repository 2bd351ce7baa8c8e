package io.millrace.data.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON numbers within bounds. Without bounds a number has up to 15 digits before and after the
 * point, which a double holds well.
 */
final class NumberGrammar {
  private static final int DIGITS = 15;

  private static final Grammar DIGIT = digits('0', '9');
  private static final Grammar FREE = new Grammar.Repeat(DIGIT, 0, DIGITS);

  private NumberGrammar() {}

  /**
   * A bound.
   *
   * @param open whether the value itself lies outside
   */
  record Bound(BigDecimal value, boolean open) {
    Bound negated() {
      return new Bound(value.negate(), open);
    }
  }

  /** Any number, with an exponent if one likes. */
  static Grammar any() {
    Grammar exponent =
        Grammar.row(
            CodePoints.plain(CodePoints.of("eE")),
            Grammar.maybe(CodePoints.plain(CodePoints.of("+-"))),
            new Grammar.Repeat(DIGIT, 1, 2));
    return Grammar.row(
        Grammar.maybe(Grammar.text("-")),
        freeWhole(),
        Grammar.maybe(Grammar.row(Grammar.text("."), new Grammar.Repeat(DIGIT, 1, DIGITS))),
        Grammar.maybe(exponent));
  }

  private static Grammar freeWhole() {
    return Grammar.either(
        Grammar.text("0"), Grammar.row(digits('1', '9'), new Grammar.Repeat(DIGIT, 0, DIGITS - 1)));
  }

  /**
   * Numbers between two bounds.
   *
   * @param whole whether only whole numbers
   * @return null if there is none
   */
  static @Nullable Grammar between(@Nullable Bound low, @Nullable Bound high, boolean whole) {
    if (low == null && high == null) {
      return whole ? Grammar.row(Grammar.maybe(Grammar.text("-")), freeWhole()) : any();
    }
    List<Grammar> options = new ArrayList<>();
    Bound zero = new Bound(BigDecimal.ZERO, false);
    Grammar positive = notNegative(low == null || low.value.signum() < 0 ? zero : low, high, whole);
    if (positive != null) {
      options.add(positive);
    }
    if (low == null || low.value.signum() < 0) {
      Bound above = new Bound(BigDecimal.ZERO, true);
      Bound least = high == null || high.value.signum() >= 0 ? above : high.negated();
      Grammar negative = notNegative(least, low == null ? null : low.negated(), whole);
      if (negative != null) {
        options.add(Grammar.row(Grammar.text("-"), negative));
      }
    }
    return options.isEmpty() ? null : new Grammar.Choice(options);
  }

  private static @Nullable Grammar notNegative(Bound low, @Nullable Bound high, boolean whole) {
    if (high != null && high.value.signum() < 0) {
      return null;
    }
    BigInteger floor = low.value.toBigInteger();
    boolean lowWhole = low.value.compareTo(new BigDecimal(floor)) == 0;
    Bound top = high;
    if (top == null) {
      int length = Math.max(DIGITS, floor.toString().length() + 1);
      top = new Bound(new BigDecimal(BigInteger.TEN.pow(length).subtract(BigInteger.ONE)), false);
    }
    BigInteger roof = top.value.toBigInteger();
    boolean topWhole = top.value.compareTo(new BigDecimal(roof)) == 0;
    if (whole) {
      BigInteger first = lowWhole && !low.open ? floor : floor.add(BigInteger.ONE);
      BigInteger last = topWhole && top.open ? roof.subtract(BigInteger.ONE) : roof;
      return wholes(first, last);
    }
    return new Fractions(low, top, floor, roof).grammar();
  }

  /** Whole numbers from one to another, neither below 0. */
  static @Nullable Grammar wholes(BigInteger first, BigInteger last) {
    if (first.compareTo(last) > 0 || last.signum() < 0) {
      return null;
    }
    List<Grammar> options = new ArrayList<>();
    int shortest = first.toString().length();
    int longest = last.toString().length();
    for (int length = shortest; length <= longest; length++) {
      BigInteger least = length == 1 ? BigInteger.ZERO : BigInteger.TEN.pow(length - 1);
      BigInteger most = BigInteger.TEN.pow(length).subtract(BigInteger.ONE);
      options.add(
          sameLength(first.max(least).toString(), last.min(most).toString(), 0, true, true));
    }
    return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
  }

  private static Grammar sameLength(String low, String high, int at, boolean least, boolean most) {
    if (!least && !most) {
      return new Grammar.Repeat(DIGIT, low.length() - at, low.length() - at);
    }
    if (at == low.length()) {
      return Grammar.EMPTY;
    }
    char first = least ? low.charAt(at) : '0';
    char last = most ? high.charAt(at) : '9';
    List<Grammar> options = new ArrayList<>();
    if (first == last) {
      return Grammar.row(digits(first, first), sameLength(low, high, at + 1, least, most));
    }
    char from = least ? (char) (first + 1) : first;
    char to = most ? (char) (last - 1) : last;
    if (least) {
      options.add(Grammar.row(digits(first, first), sameLength(low, high, at + 1, true, false)));
    }
    if (from <= to) {
      options.add(Grammar.row(digits(from, to), sameLength(low, high, at + 1, false, false)));
    }
    if (most) {
      options.add(Grammar.row(digits(last, last), sameLength(low, high, at + 1, false, true)));
    }
    return new Grammar.Choice(options);
  }

  private static Grammar digits(char first, char last) {
    return CodePoints.bytes(first, last);
  }

  /** Numbers with a fraction between two bounds, neither below 0. */
  private record Fractions(Bound low, Bound high, BigInteger floor, BigInteger roof) {
    @Nullable Grammar grammar() {
      List<Grammar> options = new ArrayList<>();
      if (floor.compareTo(roof) > 0) {
        return null;
      }
      if (floor.equals(roof)) {
        add(options, floor, true, true);
      } else {
        add(options, floor, true, false);
        Grammar between = wholes(floor.add(BigInteger.ONE), roof.subtract(BigInteger.ONE));
        if (between != null) {
          Grammar fraction = Grammar.row(Grammar.text("."), DIGIT, FREE);
          options.add(Grammar.row(between, Grammar.maybe(fraction)));
        }
        add(options, roof, false, true);
      }
      return options.isEmpty() ? null : new Grammar.Choice(options);
    }

    private void add(List<Grammar> options, BigInteger whole, boolean least, boolean most) {
      String a = fraction(low.value, floor);
      String b = fraction(high.value, roof);
      int length = Math.max(a.length(), b.length());
      a = a + "0".repeat(length - a.length());
      b = b + "0".repeat(length - b.length());
      Grammar number = Grammar.text(whole.toString());
      if (mayEnd(a, b, 0, least, most)) {
        options.add(number);
      }
      Grammar rest = rest(a, b, 0, least, most);
      if (rest != null) {
        options.add(Grammar.row(number, Grammar.text("."), rest));
      }
    }

    private static String fraction(BigDecimal value, BigInteger whole) {
      BigDecimal rest = value.subtract(new BigDecimal(whole)).stripTrailingZeros();
      if (rest.signum() == 0) {
        return "";
      }
      return rest.setScale(Math.max(rest.scale(), 0), RoundingMode.UNNECESSARY)
          .toPlainString()
          .substring(2);
    }

    /** Whether a number whose digits so far are those of the bounds may end here. */
    private boolean mayEnd(String a, String b, int at, boolean least, boolean most) {
      boolean aboveLow = !least || (isZero(a, at) && !low.open);
      boolean belowHigh = !most || !isZero(b, at) || !high.open;
      return aboveLow && belowHigh;
    }

    private static boolean isZero(String digits, int from) {
      return digits.substring(from).chars().allMatch(c -> c == '0');
    }

    /** At least one more digit. */
    private @Nullable Grammar rest(String a, String b, int at, boolean least, boolean most) {
      if (!least && !most) {
        return Grammar.row(DIGIT, FREE);
      }
      if (at == a.length()) {
        if (most) {
          return null; // further digits would be zeros
        }
        Grammar some = new Grammar.Repeat(digits('0', '0'), 0, 3);
        return low.open ? Grammar.row(some, digits('1', '9'), FREE) : Grammar.row(DIGIT, FREE);
      }
      char first = least ? a.charAt(at) : '0';
      char last = most ? b.charAt(at) : '9';
      List<Grammar> options = new ArrayList<>();
      for (char digit = first; digit <= last; digit++) {
        boolean stillLeast = least && digit == first;
        boolean stillMost = most && digit == last;
        Grammar one = digits(digit, digit);
        if (mayEnd(a, b, at + 1, stillLeast, stillMost)) {
          options.add(one);
        }
        Grammar more = rest(a, b, at + 1, stillLeast, stillMost);
        if (more != null) {
          options.add(Grammar.row(one, more));
        }
      }
      return options.isEmpty() ? null : new Grammar.Choice(options);
    }
  }
}
