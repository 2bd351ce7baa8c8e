package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTest {
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void computesAndReturnsToJava() {
    Tensor a = Tensors.of(new float[] {1, 2, 3, 4}, 2, 2);
    Tensor b = Tensors.of(new float[] {10, 20}, 2);
    assertThat(a.add(b).toFloats()).containsExactly(11, 22, 13, 24);
    assertThat(a.matmul(a).toFloats()).containsExactly(7, 10, 15, 22);
    assertThat(a.sum(0).toFloats()).containsExactly(4, 6);
    assertThat(a.mean().item()).isEqualTo(2.5);
    assertThat(a.transpose(0, 1).toFloats()).containsExactly(1, 3, 2, 4);
    assertThat(a.argmax(1).toLongs()).containsExactly(1, 1);
    assertThat(a.gt(2).toFloats()).containsExactly(0, 0, 1, 1);
    assertThat(a.clamp(2, 3).toFloats()).containsExactly(2, 2, 3, 3);
    assertThat(a.gt(2).where(a, a.neg()).toFloats()).containsExactly(-1, -2, 3, 4);
    assertThat(Tensor.concat(List.of(a, a), 0).shape()).isEqualTo(Shape.of(4, 2));
    assertThat(Tensor.stack(List.of(b, b), 0).toFloats()).containsExactly(10, 20, 10, 20);
    assertThat(a.to(DType.BFLOAT16).dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(a.indexSelect(0, Tensors.of(new long[] {1}, 1)).toFloats()).containsExactly(3, 4);
    assertThat(Tensors.range(3).toLongs()).containsExactly(0, 1, 2);
    assertThat(a.toString()).isEqualTo("Tensor[2, 2] float32");
    assertThat(a.device()).isEqualTo(Device.CPU);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, (1 << 20) - 1, -1})
  void sizesBeyondAllBoundsAreRefused(long width) {
    Tensor x = Tensors.zeros(DType.FLOAT32, 1, 1, 1, 1, 1);
    assertThatThrownBy(() -> Neural.pad(x, 0, width, width, width, width, width, width))
        .isInstanceOf(TensorException.class);
    assertThatThrownBy(() -> Pooling.nearest(x, width, width, width))
        .isInstanceOf(TensorException.class);
  }

  @Test
  void gradientsFlow() {
    Tensor x = Tensors.of(new float[] {3}, 1).trackGradient();
    x.square().sum().backward();
    assertThat(x.gradient().orElseThrow().item()).isEqualTo(6);
    x.clearGradient();
    assertThat(x.gradient()).isEmpty();
    x.mul(2).backward(Tensors.of(new float[] {5}, 1));
    assertThat(x.gradient().orElseThrow().item()).isEqualTo(10);
    try (Mode mode = Mode.noGradient()) {
      assertThat(x.mul(2).tracksGradient()).isFalse();
      try (Mode again = Mode.gradient()) {
        assertThat(x.mul(2).tracksGradient()).isTrue();
      }
    }
    try (Mode mode = Mode.inference()) {
      assertThat(x.mul(2).tracksGradient()).isFalse();
    }
  }

  @Test
  void autocastComputesProductsInBfloat16AndForgetsNothing() {
    Tensor a = Tensors.ones(DType.FLOAT32, 4, 4);
    Tensor weight = Tensors.ones(DType.FLOAT32, 4, 4);
    try (Mode mode = Mode.autocast()) {
      assertThat(a.matmul(weight).dtype()).isEqualTo(DType.BFLOAT16);
      weight.mulInPlace(2); // with the cast cache on, the old weight would be used
      assertThat(a.matmul(weight).toFloats()[0]).isEqualTo(8);
    }
    assertThat(a.matmul(weight).dtype()).isEqualTo(DType.FLOAT32);
  }

  @Test
  void wrongShapesNameBothSides() {
    Tensor a = Tensors.zeros(DType.FLOAT32, 2, 3);
    Tensor b = Tensors.zeros(DType.FLOAT32, 4, 5);
    assertThatThrownBy(() -> a.add(b))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("[2, 3]")
        .hasMessageContaining("[4, 5]")
        .hasMessageNotContaining("frame #");
    assertThatThrownBy(() -> a.matmul(b)).hasMessageContaining("[2, 3] float32, [4, 5] float32");
    assertThatThrownBy(() -> Neural.linear(a, b)).hasMessageContaining("[4, 5]");
    assertThatThrownBy(() -> a.reshape(5, 5)).hasMessageContaining("[2, 3]");
    assertThatThrownBy(a::item).hasMessageContaining("[2, 3]");
    assertThatThrownBy(() -> Tensors.of(new float[3], 2, 2)).hasMessageContaining("3 values");
    assertThatThrownBy(() -> Tensors.zeros(DType.FLOAT32, Long.MAX_VALUE / 8))
        .hasMessageContaining("MiB");
    assertThatThrownBy(() -> Tensors.zeros(DType.INT64, 2).trackGradient())
        .isInstanceOf(TensorException.class);
  }

  @Test
  void aTensorDiesWithItsScope() {
    Tensor dead;
    Tensor kept;
    try (Scope inner = Scope.open()) {
      dead = Tensors.ones(DType.FLOAT32, 2);
      kept = inner.keep(Tensors.ones(DType.FLOAT32, 2));
    }
    assertThat(kept.sum().item()).isEqualTo(2);
    assertThatThrownBy(dead::sum)
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("scope has closed");
    assertThat(dead.toString()).isEqualTo("Tensor[closed]");
    kept.close();
    kept.close();
    assertThatThrownBy(() -> kept.add(1)).hasMessageContaining("closed");
  }

  @Test
  void anotherThreadIsRefusedUnlessTheScopeIsShared() throws InterruptedException {
    Tensor mine = Tensors.ones(DType.FLOAT32, 2);
    assertThat(onAnotherThread((Runnable) mine::sum)).hasMessageContaining("belongs to thread");
    Scope shared = Scope.shared();
    shared.adopt(mine);
    assertThat(onAnotherThread((Runnable) mine::sum)).isNull();
    assertThatThrownBy(() -> scope.adopt(mine)).hasMessageContaining("copy()");
    shared.close();
    shared.close();
    assertThatThrownBy(mine::sum).isInstanceOf(TensorException.class);
  }

  @Test
  void closingASharedScopeUnderReadersNeverCrashes() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      Scope shared = Scope.shared();
      Tensor weight = shared.adopt(Tensors.ones(DType.FLOAT32, 64, 64));
      Runnable reader =
          () -> {
            try (Scope own = Scope.open()) {
              while (true) {
                weight.matmul(weight).close();
              }
            } catch (TensorException expected) {
              assertThat(expected.key()).isIn("scope.closed", "tensor.closed");
            }
          };
      Thread first = Thread.ofPlatform().start(reader);
      Thread second = Thread.ofPlatform().start(reader);
      Thread.yield();
      shared.close();
      first.join();
      second.join();
    }
  }

  @Test
  void scopesAndModesCloseInOrder() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    assertThatThrownBy(outer::close).hasMessageContaining("reverse order");
    inner.close();
    outer.close();
    Mode first = Mode.noGradient();
    Mode second = Mode.inference();
    assertThatThrownBy(first::close).hasMessageContaining("reverse order");
    second.close();
    first.close();
  }

  @Test
  void virtualThreadsAreRefused() throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread.ofVirtual()
        .start(() -> thrown.set(org.assertj.core.api.Assertions.catchThrowable(Scope::open)))
        .join();
    assertThat(thrown.get()).hasMessageContaining("virtual thread");
  }

  @Test
  void withoutAScopeTheMessageShowsHowToOpenOne() throws InterruptedException {
    Supplier<Throwable> work =
        () -> org.assertj.core.api.Assertions.catchThrowable(() -> Tensors.scalar(1));
    assertThat(onAnotherThread(work)).hasMessageContaining("Scope.open()");
  }

  @Test
  void segmentsRoundTrip() {
    Tensor a = Tensors.of(new double[] {1.5, -2}, 2);
    double[] back = new double[2];
    a.copyTo(MemorySegment.ofArray(back));
    assertThat(back).containsExactly(1.5, -2);
    assertThatThrownBy(() -> a.copyTo(MemorySegment.ofArray(new byte[3])))
        .hasMessageContaining("3 bytes");
    assertThat(Tensors.of(new byte[] {-1}, 1).toLongs()).containsExactly(255);
  }

  @Test
  void randomStateContinues() {
    RandomState.seed(7);
    Tensors.normal(5);
    byte[] state = RandomState.capture();
    float[] next = Tensors.normal(5).toFloats();
    RandomState.restore(state);
    assertThat(Tensors.normal(5).toFloats()).containsExactly(next);
    assertThatThrownBy(() -> RandomState.restore(new byte[3])).hasMessageContaining("3 bytes");
  }

  @Test
  void lossesEqualTheirFormulas() {
    Tensor logits = Tensors.of(new float[] {1, 2, 3, 1, 1, 1}, 2, 3);
    Tensor classes = Tensors.of(new long[] {2, 0}, 2);
    // −log softmax: ln(e¹+e²+e³) − 3 and ln 3
    double expected = (Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 3 + Math.log(3)) / 2;
    assertThat(Neural.crossEntropy(logits, classes).item()).isCloseTo(expected, within(1e-6));
    assertThatThrownBy(() -> Neural.crossEntropy(logits, Tensors.of(new long[] {3, 0}, 2)))
        .isInstanceOf(TensorException.class);
    assertThat(Neural.meanSquaredError(logits, logits.add(2)).item()).isEqualTo(4);
    assertThat(Neural.binaryCrossEntropy(Tensors.scalar(0), Tensors.scalar(1)).item())
        .isCloseTo(Math.log(2), within(1e-6));
  }

  @Test
  void theDoorChecksAgainstTheSchema() {
    Tensor a = Tensors.of(new float[] {1, 2}, 2);
    Tensor sum = (Tensor) Operators.call("aten::add.Tensor", a, a, 2).getFirst();
    assertThat(sum.toFloats()).containsExactly(3, 6);
    assertThat(Operators.call("aten::sum.dim_IntList", a, new long[] {0}, true)).hasSize(1);
    assertThat(Operators.schema("aten::relu")).isEqualTo("aten::relu(Tensor self) -> 1");
    assertThatThrownBy(() -> Operators.call("inductor::_reinterpret_tensor", a))
        .hasMessageContaining("can crash the JVM");
    assertThatThrownBy(() -> Operators.call("aten::nosuch")).hasMessageContaining("aten::nosuch");
    assertThatThrownBy(() -> Operators.call("aten::add.Tensor", a))
        .hasMessageContaining("needs the argument \"other\"");
    assertThatThrownBy(() -> Operators.call("aten::add.Tensor", a, "x"))
        .hasMessageContaining("takes Tensor, not String");
    assertThatThrownBy(() -> Operators.call("aten::relu", a, a, a))
        .hasMessageContaining("3 arguments");
  }

  @Test
  void devicesAreParsed() {
    assertThat(Device.parse("cpu")).isEqualTo(Device.CPU);
    assertThat(Device.parse("cuda:3")).isEqualTo(Device.cuda(3));
    assertThatThrownBy(() -> Device.parse("gpu")).hasMessageContaining("\"gpu\"");
    assertThatThrownBy(() -> Engine.checkJdk(Runtime.Version.parse("25.0.2")))
        .hasMessageContaining("25.0.3");
    Engine.checkJdk(Runtime.Version.parse("25.0.3"));
  }

  /** What {@code work} throws on a thread that has a scope of its own open. */
  private static Throwable onAnotherThread(Runnable work) throws InterruptedException {
    return onAnotherThread(
        () -> {
          try (Scope own = Scope.open()) {
            return org.assertj.core.api.Assertions.catchThrowable(work::run);
          }
        });
  }

  private static Throwable onAnotherThread(Supplier<Throwable> work) throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread.ofPlatform().start(() -> thrown.set(work.get())).join();
    return thrown.get();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "BFLOAT16"})
  void oneRowEqualsTheGeneralProduct(DType dtype) {
    Tensor weight = Tensors.uniform(-1, 1, 70, 130).to(dtype);
    Tensor x = Tensors.uniform(-1, 1, 130).to(dtype);
    Tensor bias = Tensors.uniform(-1, 1, 70).to(dtype);
    Tensor wide = DType.FLOAT32 == dtype ? weight : weight.to(DType.FLOAT32);
    Tensor exact = Neural.linear(x.to(DType.FLOAT32), wide, bias.to(DType.FLOAT32));
    double tolerance = dtype == DType.FLOAT32 ? 1e-4 : 0.04;
    Tensor strided = weight.transpose(0, 1).contiguous().transpose(0, 1);
    for (Tensor matrix : new Tensor[] {weight, strided}) {
      Tensor got = Neural.row(x, matrix, bias);
      assertThat(got.dtype()).isEqualTo(dtype);
      assertThat(got.to(DType.FLOAT32).sub(exact).abs().amax(0).item()).isLessThan(tolerance);
      Tensor plain = Neural.row(x, matrix, null).add(bias);
      assertThat(plain.to(DType.FLOAT32).sub(exact).abs().amax(0).item()).isLessThan(tolerance);
    }
    assertThatThrownBy(() -> Neural.row(bias, weight, null))
        .isInstanceOf(TensorException.class)
        .hasMessageContaining("[70]");
    assertThatThrownBy(() -> Neural.row(x, weight, x)).isInstanceOf(TensorException.class);
  }
}
