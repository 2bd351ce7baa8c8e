package io.millrace.cli;

import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.LanguageModel;
import io.millrace.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a language model opens and chooses; {@code generate} and {@code chat} take the same. */
final class WriteOptions {
  @Option(names = "--max-tokens", paramLabel = "N", descriptionKey = "write.max-tokens")
  @Nullable Integer maxTokens;

  @Option(names = "--temperature", paramLabel = "T", descriptionKey = "write.temperature")
  @Nullable Double temperature;

  @Option(names = "--top-k", paramLabel = "K", descriptionKey = "write.top-k")
  @Nullable Integer topK;

  @Option(names = "--top-p", paramLabel = "P", descriptionKey = "write.top-p")
  @Nullable Double topP;

  @Option(names = "--min-p", paramLabel = "P", descriptionKey = "write.min-p")
  @Nullable Double minP;

  @Option(names = "--typical-p", paramLabel = "P", descriptionKey = "write.typical-p")
  @Nullable Double typical;

  @Option(names = "--repetition-penalty", paramLabel = "X", descriptionKey = "write.repetition")
  @Nullable Double repetition;

  @Option(names = "--presence-penalty", paramLabel = "X", descriptionKey = "write.presence")
  @Nullable Double presence;

  @Option(names = "--frequency-penalty", paramLabel = "X", descriptionKey = "write.frequency")
  @Nullable Double frequency;

  @Option(names = "--beams", paramLabel = "N", descriptionKey = "write.beams")
  @Nullable Integer beams;

  @Option(names = "--seed", paramLabel = "S", descriptionKey = "write.seed")
  @Nullable Long seed;

  @Option(names = "--stop", paramLabel = "TEXT", descriptionKey = "write.stop")
  List<String> stops = List.of();

  @Option(names = "--stop-id", paramLabel = "ID", split = ",", descriptionKey = "write.stop-id")
  List<Long> stopIds = List.of();

  @Option(names = "--dtype", paramLabel = "TYPE", descriptionKey = "write.dtype")
  @Nullable String dtype;

  @Option(names = "--adapter", paramLabel = "DIR", descriptionKey = "write.adapter")
  @Nullable Path adapter;

  /** The folder's model, with the adapter if one is named. */
  LanguageModel open(Path folder) {
    LanguageModel model = LanguageModel.open(folder, dtype());
    if (adapter != null) {
      try {
        model.adapt(adapter);
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    }
    return model;
  }

  /** These settings over those given. */
  Sampling over(Sampling sampling) {
    Sampling.Builder builder = sampling.change();
    if (maxTokens != null) {
      builder.maxTokens(maxTokens);
    }
    if (temperature != null) {
      builder.temperature(temperature);
    }
    if (topK != null) {
      builder.topK(topK);
    }
    if (topP != null) {
      builder.topP(topP);
    }
    if (minP != null) {
      builder.minP(minP);
    }
    if (typical != null) {
      builder.typical(typical);
    }
    if (repetition != null) {
      builder.repetition(repetition);
    }
    if (presence != null) {
      builder.presence(presence);
    }
    if (frequency != null) {
      builder.frequency(frequency);
    }
    if (beams != null) {
      builder.beams(beams);
    }
    if (seed != null) {
      builder.seed(seed);
    }
    return builder.ends(Set.copyOf(stopIds)).build();
  }

  /** What weights become; absent: as stored. */
  @Nullable DType dtype() {
    return dtype(dtype);
  }

  static @Nullable DType dtype(@Nullable String name) {
    if (name == null) {
      return null;
    }
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "auto", "as-stored" -> null;
      case "f32", "float32" -> DType.FLOAT32;
      case "bf16", "bfloat16" -> DType.BFLOAT16;
      case "f16", "float16" -> DType.FLOAT16;
      default -> throw new CliException("write.dtype", name);
    };
  }
}
