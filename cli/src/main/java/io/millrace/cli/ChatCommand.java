package io.millrace.cli;

import io.millrace.data.chat.Message;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.Answer;
import io.millrace.serve.language.LanguageModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A conversation in the terminal; the model sees all that was said. */
@Command(name = "chat", resourceBundle = "io.millrace.cli.help")
final class ChatCommand implements Callable<Integer> {
  private static final int LENGTH = 1024;

  @Mixin private Options options = new Options();
  @Mixin private WriteOptions writing = new WriteOptions();

  @Parameters(paramLabel = "FOLDER", descriptionKey = "model.folder")
  private @Nullable Path folder;

  @Option(names = "--system", paramLabel = "TEXT", descriptionKey = "chat.system")
  private @Nullable String system;

  @Option(names = "--messages", paramLabel = "FILE.json", descriptionKey = "chat.messages")
  private @Nullable Path messages;

  @Override
  public Integer call() {
    options.home();
    try (LanguageModel model = writing.open(Objects.requireNonNull(folder))) {
      model.format(); // before anything is typed
      Sampling recommended = model.settings().recommended().change().maxTokens(LENGTH).build();
      Sampling sampling = writing.over(recommended);
      if (messages != null) {
        answerOnce(model, sampling, messages);
      } else {
        converse(model, sampling);
      }
      return 0;
    }
  }

  private List<Message> begin() {
    List<Message> begin = new ArrayList<>();
    if (system != null) {
      begin.add(Message.system(system));
    }
    return begin;
  }

  private void answerOnce(LanguageModel model, Sampling sampling, Path file) {
    List<Message> said = begin();
    said.addAll(Message.list(Json.read(file), file.toString()));
    Answer answer =
        model.chat(said, sampling, writing.stops, options.json ? piece -> {} : Console::piece);
    if (options.json) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("text", answer.text());
      result.put("ids", answer.ids());
      result.put("finish", answer.finish().name().toLowerCase(Locale.ROOT));
      result.put("prompt_tokens", answer.promptTokens());
      result.put("tokens_per_second", answer.tokensPerSecond());
      Console.result(Json.text(result));
    } else {
      Console.result("");
    }
  }

  private void converse(LanguageModel model, Sampling sampling) {
    boolean terminal = Console.isTerminal();
    if (terminal) {
      Console.info(Text.of("chat.help"));
    }
    List<Message> said = begin();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      while (true) {
        if (terminal) {
          Console.prompt("› ");
        }
        String line = in.readLine();
        if (line == null || line.strip().equals("/bye")) {
          return;
        }
        if (line.isBlank()) {
          continue;
        }
        if (line.strip().equals("/new")) {
          said = begin();
          Console.info(Text.of("chat.new"));
          continue;
        }
        said.add(Message.user(line));
        try {
          Answer answer =
              model.chat(
                  said, sampling, writing.stops, options.json ? piece -> {} : Console::piece);
          said.add(Message.assistant(answer.text()));
          Console.result(options.json ? Json.text(Map.of("text", answer.text())) : "");
        } catch (Problem e) {
          // The conversation goes on without what could not be answered.
          said.removeLast();
          Console.error(String.valueOf(e.getMessage()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
