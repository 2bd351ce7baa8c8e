package io.millrace.train.listener;

import io.millrace.ground.file.FileException;
import io.millrace.train.History;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of comma-separated values an epoch. A resumed training continues the file.
 *
 * @param file made with a header if it is not there
 */
public record CsvLog(Path file) implements TrainingListener {
  @Override
  public void started(Training training) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (training.history().epochs().isEmpty()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw FileException.writing(file, e);
    }
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    List<String> cells = new ArrayList<>();
    cells.add(String.valueOf(epoch.number()));
    cells.add(String.valueOf(epoch.seconds()));
    epoch.values().values().forEach(value -> cells.add(String.valueOf(value)));
    try {
      String header = "";
      if (!Files.exists(file)) {
        header = "epoch,seconds," + String.join(",", epoch.values().keySet()) + "\n";
      }
      Files.writeString(
          file,
          header + String.join(",", cells) + "\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileException.writing(file, e);
    }
  }
}
