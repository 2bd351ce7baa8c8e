package io.millrace.pipeline.replay;

import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.pipeline.PipelineException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.safetensors.SafetensorsFile;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import io.millrace.train.language.LanguageTrainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A recorded training of a Hugging Face folder: mean next-token cross entropy. */
final class FolderReplay {
  private FolderReplay() {}

  static Replay.Outcome run(Path folder, JsonNode settings, int steps) {
    Path start = folder.resolve(settings.path("folder").asString());
    String adapterName = settings.path("adapter").asString("");
    try (SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"));
        Pretrained model = Pretrained.open(start, DType.FLOAT32);
        @Nullable Adapter adapter =
            adapterName.isEmpty() ? null : Adapter.open(folder.resolve(adapterName), model)) {
      int wanted = Replay.wanted(folder, batches, "input_ids.", steps);
      Recording rows = new Recording(folder, batches, wanted);
      List<Double> losses = new ArrayList<>();
      LanguageTrainer.of(model)
          .adapter(adapter)
          .optimizer(Recorded.optimizer(folder, settings.path("optimizer")))
          .clipNorm(Recorded.clip(settings))
          .batch(rows.perStep)
          .listeners(
              new TrainingListener() {
                @Override
                public void stepped(Training training) {
                  losses.add(training.lastLoss());
                }
              })
          .fit(rows);
      boolean whole = wanted == settings.path("losses").size();
      return new Replay.Outcome(
          losses,
          Replay.difference(losses, settings.path("losses")),
          whole ? apart(folder, model, adapter) : null);
    }
  }

  /** The largest difference to the recorded end: weights, and scores of a probe. */
  private static @Nullable Double apart(Path folder, Pretrained model, @Nullable Adapter adapter) {
    Double largest = null;
    if (adapter == null && Files.isDirectory(folder.resolve("final"))) {
      try (Pretrained last = Pretrained.open(folder.resolve("final"), DType.FLOAT32)) {
        largest = apart(model.weights(), last.weights());
      }
    }
    if (adapter != null && Files.isDirectory(folder.resolve("adapter-final"))) {
      Path start = model.folder();
      try (Pretrained base = Pretrained.open(start, DType.FLOAT32);
          Adapter last = Adapter.open(folder.resolve("adapter-final"), base)) {
        largest = apart(adapter.parameters(), last.parameters());
      }
    }
    Path probe = folder.resolve("probe.safetensors");
    if (Files.isRegularFile(probe)) {
      try (SafetensorsFile file = SafetensorsFile.open(probe);
          Scope scope = Scope.open();
          Mode mode = Mode.noGradient()) {
        Tensor logits =
            java.util.Objects.requireNonNull(
                model.forward(Inputs.ids(file.tensor("input_ids"))).get("logits"));
        double off = apart(logits, file.tensor("logits"));
        largest = largest == null ? off : Math.max(largest, off);
      }
    }
    return largest;
  }

  private static double apart(Map<String, Tensor> ours, Map<String, Tensor> theirs) {
    double largest = 0;
    try (Scope scope = Scope.open();
        Mode mode = Mode.noGradient()) {
      for (Map.Entry<String, Tensor> one : ours.entrySet()) {
        Tensor other = java.util.Objects.requireNonNull(theirs.get(one.getKey()));
        largest = Math.max(largest, apart(one.getValue(), other));
      }
    }
    return largest;
  }

  private static double apart(Tensor one, Tensor other) {
    return one.sub(other).abs().reshape(-1).amax(0).item();
  }

  /** The recorded batches as they come. */
  private static final class Recording implements TokenRows {
    private final List<TokenRow> rows = new ArrayList<>();
    private final int perStep;
    private int width;

    Recording(Path folder, SafetensorsFile batches, int steps) {
      int first = 0;
      for (int step = 0; step < steps; step++) {
        if (batches.names().contains("attention_mask." + step)) {
          throw new PipelineException("replay.mask", folder);
        }
        try (Scope scope = Scope.open()) {
          Tensor ids = batches.tensor("input_ids." + step);
          String labels = "labels." + step;
          Tensor targets = batches.names().contains(labels) ? batches.tensor(labels) : ids;
          int count = (int) ids.size(0);
          int time = (int) ids.size(1);
          first = step == 0 ? count : first;
          if (count != first) {
            throw new PipelineException("replay.batch", folder, step, count, first);
          }
          long[] all = ids.to(DType.INT64).toLongs();
          long[] wanted = targets.to(DType.INT64).toLongs();
          for (int row = 0; row < count; row++) {
            long[] next = Arrays.copyOfRange(wanted, row * time + 1, (row + 1) * time + 1);
            next[time - 1] = TokenRow.IGNORED;
            long[] texts = new long[time];
            Arrays.fill(texts, 1);
            rows.add(
                new TokenRow(
                    Arrays.copyOfRange(all, row * time, (row + 1) * time),
                    next,
                    texts,
                    java.util.stream.LongStream.range(0, time).toArray()));
          }
          width = Math.max(width, time);
        }
      }
      perStep = first;
    }

    @Override
    public int count() {
      return rows.size();
    }

    @Override
    public int width() {
      return width;
    }

    @Override
    public TokenRow row(int epoch, int index) {
      return rows.get(index);
    }

    @Override
    public String description() {
      return "recorded";
    }
  }
}
