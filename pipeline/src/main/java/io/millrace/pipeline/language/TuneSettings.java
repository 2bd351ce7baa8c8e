package io.millrace.pipeline.language;

import io.millrace.ground.json.Json;
import io.millrace.model.ModelException;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a spec means where it is silent. */
final class TuneSettings {
  private static final double WARMUP = 0.03;

  private TuneSettings() {}

  static JsonNode config(Path folder) {
    Path file = folder.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new ModelException("folder.config", folder);
    }
    return Json.read(file);
  }

  /** How many tokens a model reads. */
  static long context(JsonNode config) {
    for (String key : new String[] {"max_position_embeddings", "n_positions", "n_ctx"}) {
      if (config.path(key).isIntegralNumber()) {
        boolean counts =
            config.path("model_type").asString("").matches("roberta|xlm-roberta|mpnet");
        return config.path(key).asLong() - (counts ? 1 + config.path("pad_token_id").asInt(1) : 0);
      }
    }
    return Long.MAX_VALUE;
  }

  /** The value by which the best epoch is told. */
  static String watched(TuneSpec spec) {
    if (spec.method() == TuneSpec.Method.GRPO) {
      return "val_reward";
    }
    return switch (spec.task()) {
      case CLASSIFY, PICTURE, EMBED -> "val_accuracy";
      default -> "val_loss";
    };
  }

  static long steps(TuneSpec spec, int rows) {
    int perStep = spec.train().batch() * spec.train().accumulate();
    return (rows + perStep - 1) / perStep;
  }

  static LanguageTrainer trainer(
      TuneSpec spec,
      Pretrained model,
      @Nullable Adapter adapter,
      OptimizerSpec optimizer,
      int rows) {
    TuneSpec.Train how = spec.train();
    long total = how.steps() > 0 ? how.steps() : how.epochs() * steps(spec, rows);
    Schedule schedule = how.schedule();
    long up = Math.max(1, Math.round(WARMUP * total));
    if (schedule == null) {
      schedule =
          total < 3
              ? new Schedule.Constant()
              : new Schedule.Warmup(up, 0, new Schedule.Cosine(null, 0.1, null));
    }
    return LanguageTrainer.of(model)
        .adapter(adapter)
        .optimizer(optimizer)
        .groups(how.groups().toArray(Group[]::new))
        .schedule(schedule)
        .average(how.average())
        .epochs(how.epochs())
        .steps(how.steps())
        .batch(how.batch())
        .accumulate(how.accumulate())
        .clipNorm(how.clip())
        .precision(how.precision())
        .checkpointing(how.checkpointing())
        .freeze(how.freeze())
        .seed(spec.seed());
  }

  static OptimizerSpec optimizer(TuneSpec spec) {
    OptimizerSpec chosen = spec.train().optimizer();
    if (chosen != null) {
      return chosen;
    }
    double rate = spec.fresh() ? 1e-3 : usualRate(spec);
    return new AdamW(rate, spec.fresh() ? 0.1 : 0.01, 0.9, spec.fresh() ? 0.99 : 0.999, 1e-8);
  }

  /** What is usual: preferences and rewards pull gently, adapters are new. */
  private static double usualRate(TuneSpec spec) {
    double rate = spec.adapts() ? 2e-4 : 2e-5;
    boolean gently = spec.method() == TuneSpec.Method.DPO || spec.method() == TuneSpec.Method.GRPO;
    return gently ? rate / 10 : rate;
  }
}
