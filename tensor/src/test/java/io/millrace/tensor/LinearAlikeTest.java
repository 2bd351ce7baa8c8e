package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of a product in half precision, among few and among many. */
class LinearAlikeTest {
  @ParameterizedTest
  @CsvSource({"192, 3072", "64, 8960", "300, 48", "17, 33"})
  void rowsDoNotDependOnTheirNumber(int out, int in) {
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      RandomState.seed(4);
      Tensor weight = Tensors.normal(out, in).to(DType.BFLOAT16);
      Tensor bias = Tensors.normal(out).to(DType.BFLOAT16);
      Tensor x = Tensors.normal(300, in).to(DType.BFLOAT16);
      float[] all = Neural.linearAlike(x, weight, bias).to(DType.FLOAT32).toFloats();
      Tensor exact = Neural.linear(wide(x), wide(weight), wide(bias));
      float[] wanted = exact.toFloats();
      for (int i = 0; i < all.length; i++) {
        assertThat(all[i]).isCloseTo(wanted[i], within(0.02f + Math.abs(wanted[i]) / 128));
      }
      boolean alike =
          HalfRows.areNeeded(in)
              && Call.ask("test", List.of(weight, x), h -> HalfRows.fit(h[0], h[1]));
      for (int rows : new int[] {2, 3, 8, 15, 16, 33, 64, 65, 130}) {
        Tensor some = x.narrow(0, 0, rows).reshape(1, rows, in);
        Tensor got = Neural.linearAlike(some, weight, bias);
        assertThat(got.shape()).isEqualTo(Shape.of(1, rows, out));
        assertThat(got.dtype()).isEqualTo(DType.BFLOAT16);
        float[] own = got.to(DType.FLOAT32).toFloats();
        if (alike) { // elsewhere this is libtorch's own product
          assertThat(own).isEqualTo(Arrays.copyOf(all, own.length));
        }
      }
      assertThatThrownBy(() -> Neural.linearAlike(x, weight, x))
          .isInstanceOf(TensorException.class);
      Tensor less = x.narrow(1, 0, in - 1);
      assertThatThrownBy(() -> Neural.linearAlike(less, weight, bias))
          .isInstanceOf(TensorException.class);
    }
  }

  private static Tensor wide(Tensor x) {
    return x.to(DType.FLOAT32);
  }
}
