package io.millrace.tensor;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 10,000 steps leave native memory where it was. */
class FlatMemoryTest {
  @Test
  void tenThousandTrainingSteps() throws IOException {
    Threads.use(1);
    try (Scope model = Scope.open()) {
      Tensor weight = Tensors.normal(64, 128).trackGradient();
      Tensor bias = Tensors.zeros(DType.FLOAT32, 64).trackGradient();
      List<Tensor> parameters = List.of(weight, bias);
      List<Tensor> mean = parameters.stream().map(FlatMemoryTest::zerosLike).toList();
      List<Tensor> square = parameters.stream().map(FlatMemoryTest::zerosLike).toList();
      List<Tensor> steps = parameters.stream().map(p -> Tensors.zeros(DType.FLOAT32)).toList();
      try (FusedOptimizer adam =
          FusedOptimizer.adam(FusedOptimizer.Decay.COUPLED, parameters, mean, square, steps)) {
        float[] input = new float[32 * 128];
        long[] classes = new long[32];
        for (int i = 0; i < input.length; i++) {
          input[i] = (i * 31 % 17) / 17f;
        }
        // A leak of one batch a step would be 160 MB.
        assertFlat(
            any -> {
              try (Scope one = Scope.open()) {
                Tensor x = Tensors.of(input, 32, 128);
                Tensor loss =
                    Neural.crossEntropy(
                        Neural.dropout(Neural.linear(x, weight, bias), 0.1).relu(),
                        Tensors.of(classes, 32));
                loss.backward();
                adam.stepAdam(1e-3, 0.9, 0.999, 1e-7, 0);
                parameters.forEach(Tensor::clearGradient);
              }
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(NarrowWeight.Kind.class)
  void tenThousandProductsInFewBits(NarrowWeight.Kind kind) throws IOException {
    Threads.use(2); // with helpers, of which each call is one
    try (Scope scope = Scope.open();
        NarrowWeight weight = NarrowWeight.of(Tensors.normal(1024, 64), kind)) {
      float[] y = new float[8 * 1024];
      // A leak of one product's results a step would be 320 MB.
      assertFlat(
          step -> {
            float[] x = new float[8 * 64];
            Arrays.fill(x, step);
            weight.multiply(x, 8, y);
            Helpers.each(8, row -> y[row] += y[row + 8]);
          });
    }
  }

  /** Small things count too: what malloc has given out, to some bytes a call. */
  @Test
  void callsByNameWithOptionsAndLists() throws Throwable {
    StructLayout numbers =
        MemoryLayout.structLayout(Collections.nCopies(10, JAVA_LONG).toArray(MemoryLayout[]::new));
    MethodHandle asked = Natives.system("mallinfo2", FunctionDescriptor.of(numbers));
    Assumptions.assumeTrue(asked != null, "what malloc has given out is known on Linux only");
    int calls = 20_000;
    long least = Long.MAX_VALUE;
    try (Scope scope = Scope.open();
        Arena arena = Arena.ofConfined()) {
      Tensor x = Tensors.normal(4, 8);
      for (int round = 0; round < 5; round++) { // the compiler takes memory as well, now and then
        long before = used(asked, arena);
        for (int i = 0; i < calls; i++) {
          try (Scope one = Scope.open()) {
            Operators.call("aten::linalg_vector_norm", x, 2, List.of(-1), true, DType.FLOAT64);
          }
        }
        least = Math.min(least, Math.abs(used(asked, arena) - before));
      }
    }
    assertThat(least / calls).isLessThan(20);
  }

  private static long used(MethodHandle asked, Arena arena) throws Throwable {
    MemorySegment numbers = (MemorySegment) asked.invokeExact((SegmentAllocator) arena);
    return numbers.getAtIndex(JAVA_LONG, 7); // uordblks
  }

  /** After 2,000 steps 10,000 more leave memory and tensors where they were. */
  private static void assertFlat(IntConsumer step) throws IOException {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.exists(status), "resident memory is read from /proc (Linux)");
    long warm = 0;
    long live = 0;
    for (int i = 0; i < 12_000; i++) {
      if (i == 2_000) {
        warm = residentBytes(status);
        live = Scope.liveTensors();
      }
      step.accept(i);
    }
    assertThat(Scope.liveTensors()).isEqualTo(live);
    assertThat(residentBytes(status) - warm).isLessThan(24L << 20);
  }

  private static Tensor zerosLike(Tensor tensor) {
    return Tensors.zeros(DType.FLOAT32, tensor.shape().sizes());
  }

  private static long residentBytes(Path status) throws IOException {
    // RssAnon: what native code and the fixed-size heap hold; mapped files do not count.
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }
}
