package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel for eight bits that this processor can run, not only the one that it would take. */
class Int8KernelsTest {
  private interface Kernels {
    Int8Kernel of(Tensor weight);
  }

  static Stream<Arguments> kernels() {
    // The last is packed in pieces, and all have numbers of rows that fill nothing.
    List<int[]> shapes = List.of(new int[] {7, 2}, new int[] {96, 192}, new int[] {20_011, 70});
    Stream<Arguments> torch =
        shapes.stream().map(s -> Arguments.of("libtorch", (Kernels) Int8Torch::of, s[0], s[1]));
    Kernels quick = weight -> Int8Mkl.of(weight).orElseThrow();
    Stream<Arguments> mkl = shapes.stream().map(s -> Arguments.of("MKL", quick, s[0], s[1]));
    return Int8MklCalls.areHere() ? Stream.concat(torch, mkl) : torch;
  }

  @ParameterizedTest(name = "{0} {2} x {3}")
  @MethodSource("kernels")
  void isCloseAndKnowsNoNeighbours(String name, Kernels kernels, int out, int in) {
    int rows = 40;
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      RandomState.seed(5);
      Tensor weight = Tensors.normal(out, in);
      Tensor x = Tensors.normal(rows, in).mul(Tensors.uniform(0, 9, rows, 1));
      float[] exact = Neural.linear(x, weight).toFloats();
      float[] all = new float[rows * out];
      try (Int8Kernel kernel = kernels.of(weight)) {
        kernel.multiply(x.toFloats(), rows, row -> all, out);
        for (int count : new int[] {1, 2, 3, 8, 17, 33}) {
          float[][] some = new float[count][out];
          kernel.multiply(x.narrow(0, 0, count).toFloats(), count, row -> some[row], 0);
          for (int row = 0; row < count; row++) {
            assertThat(some[row]).isEqualTo(Arrays.copyOfRange(all, row * out, (row + 1) * out));
          }
        }
      }
      double off = 0;
      double size = 0;
      for (int i = 0; i < all.length; i++) {
        off += Math.pow(all[i] - exact[i], 2);
        size += Math.pow(exact[i], 2);
      }
      assertThat(Math.sqrt(off / size)).isLessThan(0.015);
    }
  }
}
