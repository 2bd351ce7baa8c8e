package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels in Java beside libtorch. */
class RowKernelsTest {
  private static final int PLACES = 8;
  private final Random random = new Random(5);
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
    RandomState.seed(3);
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void areHereWhereTheModuleIs() {
    assertThat(RowKernels.areHere()).isTrue(); // the tests' JVMs are started with it
    assertThat(RowKernels.fit(DType.BFLOAT16, 64)).isTrue();
    assertThat(RowKernels.fit(DType.BFLOAT16, 63)).isFalse();
    assertThat(RowKernels.fit(DType.FLOAT32, 64)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1, 16, 1", "1, 64, 7", "2, 64, 4", "2, 128, 2", "3, 32, 9"})
  void singleQueriesSeeWhatLibtorchSees(int groups, int size, int each) {
    int blocks = 6;
    Tensor keys = Tensors.normal(groups, blocks, PLACES, size).to(DType.BFLOAT16);
    Tensor values = Tensors.normal(groups, blocks, PLACES, size).to(DType.BFLOAT16);
    List<PagedRows.Row> rows =
        List.of(
            new PagedRows.Row(new int[] {4, 1, 5}, 0, 19),
            new PagedRows.Row(new int[] {2}, 0, 1),
            new PagedRows.Row(new int[] {0, 3, 1, 4}, 11, 32)); // a window
    float[] queries = numbers(3 * groups * each * size);
    float[] result = new float[queries.length];
    PagedRows.look(keys, values, queries, each, rows, result);
    for (int row = 0; row < 3; row++) {
      int width = groups * each * size;
      float[] own = Arrays.copyOfRange(queries, row * width, (row + 1) * width);
      Tensor query = Tensors.of(own, groups, each, size);
      Tensor seen = query.matmul(seen(keys, rows.get(row)).transpose(1, 2));
      float[] expected = Neural.softmax(seen, 2).matmul(seen(values, rows.get(row))).toFloats();
      for (int i = 0; i < width; i++) {
        assertThat(result[row * width + i]).isCloseTo(expected[i], within(2e-5f));
      }
      float[] alone = new float[width];
      PagedRows.look(keys, values, own, each, List.of(rows.get(row)), alone);
      assertThat(Arrays.copyOfRange(result, row * width, (row + 1) * width)).isEqualTo(alone);
    }
  }

  private static Tensor seen(Tensor memory, PagedRows.Row row) {
    List<Tensor> blocks = new ArrayList<>();
    for (int block : row.table()) {
      blocks.add(memory.select(1, block));
    }
    return Tensor.concat(blocks, 1).narrow(1, row.from(), row.to() - row.from()).to(DType.FLOAT32);
  }

  private float[] numbers(int count) {
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = (float) random.nextGaussian() / 4;
    }
    return all;
  }

  @Test
  void rowsAreWrittenAsLibtorchRoundsThem() {
    Tensor memory = Tensors.zeros(DType.BFLOAT16, 2, 3, PLACES, 16);
    float[] given = numbers(2 * 40);
    given[5] = Float.NaN;
    given[6] = Float.POSITIVE_INFINITY;
    given[7] = Float.MAX_VALUE;
    given[8] = 1.00390625f; // half way: to even
    given[9] = 1.01171875f;
    given[10] = -0f;
    given[11] = Float.MIN_VALUE;
    PagedRows.write(memory, new int[] {17, 3}, given, 4, 40);
    for (int row = 0; row < 2; row++) {
      for (int group = 0; group < 2; group++) {
        float[] own = new float[16];
        System.arraycopy(given, 4 + row * 40 + group * 16, own, 0, 16);
        int slot = row == 0 ? 17 : 3;
        Tensor kept = memory.select(0, group).select(0, slot / PLACES).select(0, slot % PLACES);
        assertThat(kept.to(DType.FLOAT32).toFloats())
            .isEqualTo(Tensors.of(own, 16).to(DType.BFLOAT16).to(DType.FLOAT32).toFloats());
      }
    }
    assertThat(memory.to(DType.FLOAT32).select(1, 1).toFloats()).containsOnly(0);
  }

  @Test
  void gatesAreLibtorchs() {
    float[] x = numbers(2 * 37 + 3);
    float[] extremes = {-1000, -88, -87, -20, 0, 20, 88, 1000, Float.POSITIVE_INFINITY};
    System.arraycopy(extremes, 0, x, 3, extremes.length);
    for (int i = 20; i < 30; i++) {
      x[i] *= 40;
    }
    float[] result = new float[40];
    RowGate.silu(x, 3, 37, result, 2);
    Tensor both = Tensors.of(Arrays.copyOfRange(x, 3, 77), 2, 37);
    float[] expected = Neural.silu(both.select(0, 0)).mul(both.select(0, 1)).toFloats();
    for (int i = 0; i < 37; i++) {
      assertThat(result[2 + i])
          .isCloseTo(expected[i], within(Math.max(1e-30f, Math.abs(expected[i]) * 1e-6f)));
    }
    x[3] = Float.NaN;
    RowGate.silu(x, 3, 37, result, 2);
    assertThat(result[2]).isNaN();
  }

  @Test
  void wrongCallsAreRefused() {
    Tensor keys = Tensors.zeros(DType.BFLOAT16, 1, 2, PLACES, 16);
    float[] room = new float[16];
    assertThatThrownBy(() -> look(keys, keys, room, new PagedRows.Row(new int[] {2}, 0, 1)))
        .hasMessageContaining("below 2");
    assertThatThrownBy(() -> look(keys, keys, room, new PagedRows.Row(new int[] {1}, 0, 9)))
        .hasMessageContaining("0..9");
    assertThatThrownBy(() -> look(keys, keys, room, new PagedRows.Row(new int[] {1}, 3, 3)))
        .hasMessageContaining("3..3");
    assertThatThrownBy(
            () -> look(keys, keys, new float[15], new PagedRows.Row(new int[] {1}, 0, 1)))
        .hasMessageContaining("15");
    Tensor other = Tensors.zeros(DType.BFLOAT16, 1, 1, PLACES, 16);
    assertThatThrownBy(() -> look(keys, other, room, new PagedRows.Row(new int[] {1}, 0, 1)))
        .hasMessageContaining("values");
    Tensor turned = Tensors.zeros(DType.BFLOAT16, 1, 2, 16, PLACES * 2).transpose(1, 2);
    assertThatThrownBy(() -> look(turned, turned, room, new PagedRows.Row(new int[] {1}, 0, 1)))
        .hasMessageContaining("memory");
    assertThatThrownBy(() -> PagedRows.write(keys, new int[] {16}, room, 0, 16))
        .hasMessageContaining("16");
    assertThatThrownBy(() -> PagedRows.write(keys, new int[] {1, 2}, room, 0, 16))
        .hasMessageContaining("given");
    assertThatThrownBy(() -> RowGate.silu(room, 1, 8, room, 0)).hasMessageContaining("8");
    keys.close();
    assertThatThrownBy(() -> look(keys, keys, room, new PagedRows.Row(new int[] {1}, 0, 1)))
        .isInstanceOf(TensorException.class);
  }

  private static void look(Tensor keys, Tensor values, float[] room, PagedRows.Row row) {
    PagedRows.look(keys, values, room, 1, List.of(row), room.clone());
  }
}
