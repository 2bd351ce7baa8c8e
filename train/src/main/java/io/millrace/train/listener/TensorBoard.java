package io.millrace.train.listener;

import io.millrace.ground.file.FileException;
import io.millrace.train.History;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Event files that TensorBoard shows: the loss of every step and all values of every epoch. Records
 * are TensorFlow's TFRecord around {@code Event} messages (tensorflow/core/util/event.proto), whose
 * few fields are written here by hand.
 */
public final class TensorBoard implements TrainingListener {
  private final Path folder;
  private final int every;
  private @Nullable Path file;

  /** Into this folder, the loss every 10 steps. */
  public TensorBoard(Path folder) {
    this(folder, 10);
  }

  /**
   * Into this folder.
   *
   * @param every steps between losses
   */
  public TensorBoard(Path folder, int every) {
    this.folder = folder;
    this.every = every;
  }

  @Override
  public void started(Training training) {
    long now = System.currentTimeMillis();
    try {
      Files.createDirectories(folder);
      file = folder.resolve("events.out.tfevents." + now / 1000 + ".millrace." + now % 1000);
      ByteArrayOutputStream event = event(0);
      bytes(event, 3, "brain.Event:2".getBytes(StandardCharsets.UTF_8));
      append(event.toByteArray());
    } catch (IOException e) {
      throw FileException.writing(folder, e);
    }
  }

  @Override
  public void stepped(Training training) {
    if (training.totalSteps() % every == 0) {
      scalar("step/loss", training.loss(), training.totalSteps());
    }
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    epoch.values().forEach((name, value) -> scalar("epoch/" + name, value, epoch.number()));
  }

  private void scalar(String tag, double value, long step) {
    ByteArrayOutputStream one = new ByteArrayOutputStream();
    bytes(one, 1, tag.getBytes(StandardCharsets.UTF_8));
    one.write(2 << 3 | 5);
    one.writeBytes(little(4).putFloat((float) value).array());
    ByteArrayOutputStream summary = new ByteArrayOutputStream();
    bytes(summary, 1, one.toByteArray());
    ByteArrayOutputStream event = event(step);
    bytes(event, 5, summary.toByteArray());
    append(event.toByteArray());
  }

  /** wall_time = 1, step = 2. */
  private static ByteArrayOutputStream event(long step) {
    ByteArrayOutputStream event = new ByteArrayOutputStream();
    event.write(1 << 3 | 1);
    event.writeBytes(little(8).putDouble(System.currentTimeMillis() / 1000.0).array());
    event.write(2 << 3);
    varint(event, step);
    return event;
  }

  private static void bytes(ByteArrayOutputStream out, int field, byte[] content) {
    out.write(field << 3 | 2);
    varint(out, content.length);
    out.writeBytes(content);
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest > 0x7f) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private void append(byte[] event) {
    byte[] length = little(8).putLong(event.length).array();
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    record.writeBytes(length);
    record.writeBytes(little(4).putInt(masked(length)).array());
    record.writeBytes(event);
    record.writeBytes(little(4).putInt(masked(event)).array());
    Path target = java.util.Objects.requireNonNull(file);
    try {
      Files.write(
          target, record.toByteArray(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileException.writing(target, e);
    }
  }

  /** TFRecord's checksum: CRC-32C, turned and shifted. */
  private static int masked(byte[] content) {
    CRC32C crc = new CRC32C();
    crc.update(content);
    int value = (int) crc.getValue();
    return ((value >>> 15) | (value << 17)) + 0xa282ead8;
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
