package io.millrace.train.listener;

import io.millrace.train.Checkpoint;
import io.millrace.train.History;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.nio.file.Path;

/**
 * Saves a checkpoint after every epoch.
 *
 * @param file replaced atomically each time
 */
public record SaveCheckpoint(Path file) implements TrainingListener {
  @Override
  public void finished(Training training, History.Epoch epoch) {
    Checkpoint.write(file, training);
  }
}
