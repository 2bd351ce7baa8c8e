package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a work on several threads. */
class HelpersTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 1000})
  void eachPartIsDoneOnce(int parts) {
    Threads.use(2);
    AtomicIntegerArray done = new AtomicIntegerArray(parts + 1);
    for (int i = 0; i < 50; i++) {
      Helpers.each(parts, done::incrementAndGet);
    }
    for (int part = 0; part < parts; part++) {
      assertThat(done.get(part)).isEqualTo(50);
    }
    assertThat(done.get(parts)).isZero();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void twoPartsMeet() throws Exception {
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  Threads.use(2);
                  CountDownLatch both = new CountDownLatch(2);
                  Set<Thread> threads = ConcurrentHashMap.newKeySet();
                  Helpers.each(
                      2,
                      part -> {
                        threads.add(Thread.currentThread());
                        both.countDown();
                        try {
                          // Each waits for the other: alone, nobody gets out of here in time.
                          assertThat(both.await(30, TimeUnit.SECONDS)).isTrue();
                        } catch (InterruptedException e) {
                          throw new IllegalStateException(e);
                        }
                      });
                  assertThat(threads).hasSize(2).contains(Thread.currentThread());
                });
    Throwable[] problem = new Throwable[1];
    thread.setUncaughtExceptionHandler((any, e) -> problem[0] = e);
    thread.join();
    assertThat(problem[0]).isNull();
  }

  @Test
  void whatAPartThrowsComesOut() {
    for (int parts : new int[] {1, 2, 64}) {
      assertThatThrownBy(
              () ->
                  Helpers.each(
                      parts,
                      part -> {
                        throw new IllegalStateException("part");
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("part");
    }
    assertThatThrownBy(
            () ->
                Helpers.each(
                    8,
                    part -> {
                      throw new AssertionError("an error");
                    }))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void aPartMayHaveParts() {
    AtomicIntegerArray done = new AtomicIntegerArray(16);
    Helpers.each(4, outer -> Helpers.each(4, inner -> done.incrementAndGet(4 * outer + inner)));
    for (int i = 0; i < 16; i++) {
      assertThat(done.get(i)).isEqualTo(1);
    }
  }
}
