package io.millrace.tensor.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Problem;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyTypeRoundTripsBitForBit(DType dtype) {
    Path file = folder.resolve("t.safetensors");
    byte[] bits = new byte[6 * dtype.bytes()];
    new Random(dtype.ordinal()).nextBytes(bits);
    if (dtype == DType.BOOL) {
      bits = new byte[] {0, 1, 1, 0, 1, 0};
    }
    try (Scope scope = Scope.open()) {
      Tensor tensor =
          Tensors.of(java.lang.foreign.MemorySegment.ofArray(bits), dtype, Shape.of(2, 3));
      SafetensorsWriter.write(file, Map.of("w", tensor), Map.of("k", "值"));
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        assertThat(read.tensor("w").toBytes()).isEqualTo(bits);
        assertThat(read.entry("w").dtype()).isEqualTo(dtype);
        assertThat(read.entry("w").shape()).isEqualTo(Shape.of(2, 3));
        assertThat(read.metadata()).containsEntry("k", "值");
      }
    }
  }

  @Test
  void scalarsEmptyAndTransposedTensorsRoundTrip() {
    Path file = folder.resolve("t.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("scalar", Tensors.scalar(2.5));
      tensors.put("empty", Tensors.zeros(DType.FLOAT32, 0, 3));
      tensors.put("turned", Tensors.of(new float[] {1, 2, 3, 4}, 2, 2).transpose(0, 1));
      tensors.put("bytes", Tensors.of(new byte[] {1, 2, 3}, 3));
      SafetensorsWriter.write(file, tensors, Map.of());
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        assertThat(read.tensor("scalar").item()).isEqualTo(2.5);
        assertThat(read.tensor("empty").shape()).isEqualTo(Shape.of(0, 3));
        assertThat(read.tensor("turned").toFloats()).containsExactly(1, 3, 2, 4);
        assertThatThrownBy(() -> read.tensor("none")).hasMessageContaining("no tensor \"none\"");
      }
    }
  }

  @Test
  void aFileOverTwoGibibytesIsMapped() throws Exception {
    Path file = folder.resolve("large.safetensors");
    long size = 3L << 30;
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[%d,%d]}}"
            .formatted(size, size, size, size + 4);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] json = header.getBytes(StandardCharsets.UTF_8);
      out.write(length(json.length));
      out.write(json);
      out.seek(8L + json.length + size); // a sparse file: the hole takes no disk
      out.write(new byte[] {9, 8, 7, 6});
    }
    try (Scope scope = Scope.open();
        SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThat(read.tensor("b").toLongs()).containsExactly(9, 8, 7, 6);
      assertThat(read.bytes("a").byteSize()).isEqualTo(size);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{\"a\":1}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}",
        "{\"__metadata__\":{\"a\":1}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{}"
      })
  void lyingHeadersAreRefusedWithThePlace(String header) throws Exception {
    Path file = write(header, new byte[4]);
    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("t.safetensors");
  }

  @Test
  void lyingLengthsAndTruncationAreRefused() throws Exception {
    Path file = folder.resolve("t.safetensors");
    for (long length : new long[] {0, 1, 9, 200_000_000, Long.MAX_VALUE, -1}) {
      Files.write(
          file, ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
      assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(SafetensorsException.class);
    }
    Files.write(file, new byte[3]);
    assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("3 bytes");
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none")))
        .isInstanceOf(FileException.class);
  }

  @Test
  void fuzzedFilesGiveProblemsOrTensorsNothingElse() throws Exception {
    Path good = folder.resolve("good.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          good,
          Map.of("a", Tensors.of(new float[] {1, 2}, 2), "b", Tensors.of(new long[] {3}, 1)),
          Map.of("k", "v"));
    }
    byte[] bytes = Files.readAllBytes(good);
    Random random = new Random(7);
    Path file = folder.resolve("t.safetensors");
    int opened = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] broken = java.util.Arrays.copyOf(bytes, 1 + random.nextInt(bytes.length));
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, broken);
      try (Scope scope = Scope.open();
          SafetensorsFile read = SafetensorsFile.open(file)) {
        read.names().forEach(name -> read.tensor(name).toBytes());
        opened++;
      } catch (Problem expected) {
        assertThat(expected.getMessage()).isNotBlank();
      }
    }
    assertThat(opened).isPositive();
  }

  @Test
  void shardsRoundTripAndAnIndexCannotReachOutside() throws Exception {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < 5; i++) {
        tensors.put("layer" + i, Tensors.full(i, DType.FLOAT32, 10));
      }
      ShardedSafetensors.write(folder, tensors, Map.of(), 90);
      assertThat(folder.resolve("model.safetensors.index.json")).exists();
      try (ShardedSafetensors read = ShardedSafetensors.open(folder)) {
        assertThat(read.names()).hasSize(5);
        assertThat(read.tensor("layer3").mean().item()).isEqualTo(3);
      }
      Path single = folder.resolve("single");
      ShardedSafetensors.write(single, tensors, Map.of(), 1 << 20);
      try (ShardedSafetensors read = ShardedSafetensors.open(single)) {
        assertThat(read.entry("layer0").shape()).isEqualTo(Shape.of(10));
      }
    }
    for (String path : new String[] {"../t.safetensors", "/etc/passwd", "a/b.safetensors", ""}) {
      Files.writeString(
          folder.resolve("model.safetensors.index.json"),
          "{\"weight_map\":{\"a\":\"" + path + "\"}}");
      assertThatThrownBy(() -> ShardedSafetensors.open(folder))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContaining("outside the folder");
    }
  }

  private Path write(String header, byte[] data) throws Exception {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(8 + json.length + data.length)
            .put(length(json.length))
            .put(json)
            .put(data);
    return Files.write(folder.resolve("t.safetensors"), all.array());
  }

  private static byte[] length(long length) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
  }
}
