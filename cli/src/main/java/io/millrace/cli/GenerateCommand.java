package io.millrace.cli;

import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.Answer;
import io.millrace.serve.language.LanguageModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text or token ids from a prompt, or the text of a sound. */
@Command(name = "generate", resourceBundle = "io.millrace.cli.help")
final class GenerateCommand implements Callable<Integer> {
  private static final int LENGTH = 256;

  @Mixin private Options options = new Options();
  @Mixin private WriteOptions writing = new WriteOptions();

  @Parameters(paramLabel = "FOLDER", descriptionKey = "model.folder")
  private @Nullable Path folder;

  @Option(names = "--prompt", paramLabel = "TEXT", descriptionKey = "generate.prompt")
  private @Nullable String prompt;

  @Option(names = "--ids", paramLabel = "1,2,3", split = ",", descriptionKey = "generate.ids")
  private long @Nullable [] ids;

  @Option(names = "--audio", paramLabel = "FILE.wav", descriptionKey = "generate.audio")
  private @Nullable Path audio;

  @Option(names = "--language", paramLabel = "zh", descriptionKey = "generate.language")
  private @Nullable String language;

  @Override
  public Integer call() {
    options.home();
    int ways = (prompt == null ? 0 : 1) + (ids == null ? 0 : 1) + (audio == null ? 0 : 1);
    if (ways != 1) {
      throw new CliException("generate.one");
    }
    // Machines get one document; people see the text as it is written.
    Consumer<String> seen = options.json ? piece -> {} : Console::piece;
    try (LanguageModel model = writing.open(Objects.requireNonNull(folder))) {
      // Translators and summarizers are made for the search that their folder names.
      Sampling base =
          model.answers()
              ? model.settings().recommended().change().maxTokens(LENGTH).build()
              : Sampling.greedy(LENGTH);
      Answer answer = answer(model, writing.over(base), seen);
      report(answer);
      return 0;
    }
  }

  private Answer answer(LanguageModel model, Sampling sampling, Consumer<String> seen) {
    if (audio != null) {
      return model.transcribe(audio, language, sampling, seen);
    }
    return ids != null
        ? model.generate(ids, sampling, writing.stops, seen)
        : model.generate(Objects.requireNonNull(prompt), sampling, writing.stops, seen);
  }

  private void report(Answer answer) {
    if (options.json) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("ids", answer.ids());
      result.put("text", answer.text());
      result.put("finish", answer.finish().name().toLowerCase(Locale.ROOT));
      result.put("prompt_tokens", answer.promptTokens());
      result.put("first_token_seconds", answer.firstSeconds());
      result.put("tokens_per_second", answer.tokensPerSecond());
      Console.result(io.millrace.ground.json.Json.text(result));
      return;
    }
    if (answer.text().isEmpty()) {
      Console.result(
          String.join(
              ",", java.util.Arrays.stream(answer.ids()).mapToObj(Long::toString).toList()));
    } else {
      Console.result("");
    }
    Console.info(
        Text.of(
            "generate.rate",
            answer.ids().length,
            String.format(Locale.ROOT, "%.1f", answer.tokensPerSecond())));
  }
}
