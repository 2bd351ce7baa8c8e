package io.millrace.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Targets;
import io.millrace.tensor.Shape;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredTest {
  @TempDir private Path folder;

  @Test
  void whatWasWrittenIsRead() {
    Path file = folder.resolve("d.safetensors");
    Dataset data =
        new Dataset(
            "d",
            Rows.of(new float[] {1, 2, 3, 4, 5, 6}, Shape.of(2)),
            new Targets.Classes(new int[] {1, 0, 1}, List.of("no", "yes")));
    Stored.write(file, data);
    try (Stored stored = Stored.open(file)) {
      assertThat(stored.dataset().hash()).isEqualTo(data.hash());
    }
    Dataset numbers =
        data.withTargets(
            new Targets.Numbers(Rows.of(new float[] {7, 8, 9}, Shape.of(1)), List.of("y")));
    Stored.write(file, numbers);
    try (Stored stored = Stored.open(file)) {
      assertThat(stored.dataset().hash()).isEqualTo(numbers.hash());
    }
  }

  /**
   * 6 GB of pictures, more than this process may have: only the rows that are asked for are read.
   */
  @Test
  void aSetLargerThanMemoryIsShuffledAllTheSame() throws Exception {
    Path file = folder.resolve("large.safetensors");
    int rows = 40_000;
    int size = 150_528; // 224·224·3
    long inputs = (long) rows * size;
    String json =
        "{\"__metadata__\":{\"classes\":\"[\\\"a\\\",\\\"b\\\"]\"},"
            + "\"labels\":{\"dtype\":\"I64\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                .formatted(rows, rows * 8L)
            + "\"inputs\":{\"dtype\":\"U8\",\"shape\":[%d,224,224,3],\"data_offsets\":[%d,%d]}}"
                .formatted(rows, rows * 8L, rows * 8L + inputs);
    byte[] header =
        (json + " ".repeat((8 - json.length() % 8) % 8)).getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
      out.write(header);
      out.setLength(8 + header.length + rows * 8L + inputs); // sparse: takes no room on the disk
      out.seek(8 + header.length + rows * 8L + inputs - 1);
      out.write(200);
    }
    try (Stored stored = Stored.open(file)) {
      Batches batches = Batches.shuffled(stored.dataset(), 16, 1, 2);
      try (Batches.Epoch epoch = batches.epoch(0)) {
        for (int i = 0; i < 5; i++) {
          Batch batch = epoch.next();
          assertThat(batch.size()).isEqualTo(16);
        }
      }
      float[] last = new float[size];
      stored.dataset().inputs().copy(rows - 1, last, 0);
      assertThat(last[size - 1]).isEqualTo(200);
    }
  }

  @Test
  void anotherLayoutIsRefused() throws Exception {
    Path file = folder.resolve("x.safetensors");
    String json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    String padded = json + " ".repeat((8 - json.length() % 8) % 8);
    ByteBuffer all = ByteBuffer.allocate(12 + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(padded.length()).put(padded.getBytes(StandardCharsets.UTF_8)).putFloat(1);
    Files.write(file, all.array());
    assertThatThrownBy(() -> Stored.open(file))
        .hasMessageContaining("inputs")
        .hasMessageContaining("[a]");
  }
}
