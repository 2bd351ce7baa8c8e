package io.millrace.serve.language;

import io.millrace.ground.json.Json;
import io.millrace.serve.ServeException;
import io.millrace.serve.engine.EngineState;
import io.millrace.serve.engine.LanguageEngine;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a folder's model does with texts when it is served; requests and answers are JSON. */
public sealed interface TextWork extends AutoCloseable permits TextEngine, ReadingEngine {
  /** Hears of a request, on the work's own thread. */
  interface Events {
    /** Some of the answer. */
    void piece(ObjectNode piece);

    /** All is said; how many tokens were read and written. */
    void done(ObjectNode usage);

    /** Nothing more comes. */
    void failed(RuntimeException problem);
  }

  /**
   * What a folder's model does: write if it says the next token, judge if it has classes, else give
   * vectors.
   *
   * @param adapters LoRA folders by name, for models that continue texts
   */
  static TextWork open(Path path, Precision precision, Map<String, Path> adapters) {
    Path folder = GgufFolder.of(path);
    JsonNode names = Json.read(folder.resolve("config.json")).path("architectures");
    String name = names.path(0).asString("");
    boolean writes =
        name.endsWith("ForCausalLM")
            || name.endsWith("LMHeadModel")
            || name.endsWith("ForConditionalGeneration")
            || name.endsWith("MTModel");
    if (writes) {
      return TextEngine.open(folder, precision, adapters);
    }
    if (!adapters.isEmpty()) {
      throw ServeException.wrong("engine.adapters", folder);
    }
    Reader reader =
        TextJudge.kind(name) != null
            ? JudgeReader.open(folder)
            : VectorReader.open(folder, precision);
    return new ReadingEngine(reader, String.valueOf(folder.getFileName()));
  }

  /** Makes a first pass, so that later requests find everything set up. */
  void warmUp();

  /**
   * Begins to answer.
   *
   * @throws io.millrace.ground.message.Problem if the request is wrong, does not fit, or there is
   *     no room for it to wait
   */
  LanguageEngine.Ticket begin(ObjectNode request, Events events);

  /** What it is doing. */
  EngineState state();

  @Override
  void close();
}
