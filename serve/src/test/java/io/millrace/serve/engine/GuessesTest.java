package io.millrace.serve.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuessesTest {
  private final List<Long> written = new ArrayList<>();

  @Test
  void goesOnAsItWentOnBefore() {
    Guesses guesses = new Guesses(new long[] {1, 2, 3, 4, 5, 6, 9, 1, 2}, written);
    written.add(3L);
    assertThat(guesses.next(2)).containsExactly(4, 5);
    assertThat(guesses.next(7)).containsExactly(4, 5, 6);
    assertThat(guesses.next(0)).isEmpty();
    written.add(7L);
    assertThat(guesses.next(7)).isEmpty();
  }

  @Test
  void followsAShortPeriodIntoItself() {
    Guesses guesses = new Guesses(new long[] {8, 8, 8, 8}, written);
    guesses.judged(3, 3);
    assertThat(guesses.next(7)).containsExactly(8, 8, 8, 8, 8, 8);
  }

  @Test
  void tooShortATextSaysNothing() {
    assertThat(new Guesses(new long[] {8, 8, 8}, written).next(7)).isEmpty();
  }

  @Test
  void restsLongerEachTimeAllWasWrongAndWidensWhenAllWasRight() {
    Guesses guesses = new Guesses(new long[] {8, 8, 8, 8}, written);
    guesses.judged(3, 0);
    assertThat(List.of(guesses.next(7), guesses.next(7))).allMatch(some -> some.length == 0);
    assertThat(guesses.next(7)).hasSize(1);
    guesses.judged(1, 0);
    for (int i = 0; i < 4; i++) {
      assertThat(guesses.next(7)).isEmpty();
    }
    assertThat(guesses.next(7)).hasSize(1);
    guesses.judged(1, 1);
    assertThat(guesses.next(7)).hasSize(2);
    guesses.judged(2, 2);
    assertThat(guesses.next(7)).hasSize(4);
    guesses.judged(4, 1);
    assertThat(guesses.next(7)).hasSize(2);
  }
}
