package io.millrace.serve.language;

import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.ground.message.Nearest;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.generation.Sampling;
import io.millrace.model.transformer.Changes;
import io.millrace.model.transformer.PagedCache;
import io.millrace.serve.ServeException;
import io.millrace.serve.engine.EngineState;
import io.millrace.serve.engine.LanguageEngine;
import io.millrace.serve.engine.Order;
import io.millrace.serve.engine.TextWriter;
import io.millrace.serve.engine.TurnEngine;
import io.millrace.tensor.DType;
import io.millrace.tensor.NarrowWeight;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Texts in, texts out, many at once: a folder's model with its tokenizer and template on a {@link
 * LanguageEngine}.
 *
 * <p>A request is a JSON object. What to continue: {@code messages} (with {@code tools}, {@code
 * tool_choice} and {@code template}), {@code prompt} or {@code ids}. How, all optional: {@code
 * max_tokens} (else as many as fit), {@code temperature}, {@code top_p}, {@code top_k}, {@code
 * min_p}, {@code seed}, {@code stop} (texts), {@code n}, {@code presence_penalty}, {@code
 * frequency_penalty}, {@code repetition_penalty}, {@code min_tokens}, {@code ignore_eos}, {@code
 * logprobs} (alternatives for each token), {@code owner}, {@code priority}, {@code timeout_ms},
 * {@code form} (what the answer must be like: {@link Forms}), {@code adapter} (its name).
 *
 * <p>Pieces: {@code copy}, {@code text}, with {@code logprobs} {@code tokens}, with {@code tools}
 * {@code calls} ({@code id}, {@code name}, {@code arguments}); the last of a copy has {@code
 * finish}: {@code stop}, {@code length}, {@code cancelled}, {@code deadline}.
 */
public final class TextEngine implements TextWork {
  /** Room for keys and values where nobody says otherwise. */
  private static final long CACHE_BYTES = 2L << 30;

  private static final long MOST_TOKENS = 1 << 17;

  private final LanguageModel model;
  private final TextWriter engine;

  /** How many tokens a prompt may have, and with it the answer. */
  private final long context;

  /** What an encoder-decoder's answers begin with; absent in models that continue their prompt. */
  private final long @Nullable [] start;

  private final List<AutoCloseable> narrow;
  private final Map<String, Changes> adapters;
  private @Nullable Forms forms;

  private TextEngine(
      LanguageModel model,
      TextWriter engine,
      long context,
      long @Nullable [] start,
      List<AutoCloseable> narrow,
      Map<String, Changes> adapters) {
    this.model = model;
    this.engine = engine;
    this.context = context;
    this.start = start;
    this.narrow = narrow;
    this.adapters = adapters;
  }

  /**
   * Opens a folder, with room as this machine has it.
   *
   * @param adapters LoRA folders by name; requests choose one, or none
   */
  public static TextEngine open(Path folder, Precision precision, Map<String, Path> adapters) {
    LanguageModel model = LanguageModel.open(folder, precision.weights());
    try {
      String name = String.valueOf(folder.getFileName());
      if (model.model().architecture() instanceof CausalModel causal) {
        DType dtype =
            model.model().weights().values().stream()
                .map(weight -> weight.dtype())
                .filter(DType::isFloating)
                .findFirst()
                .orElse(DType.FLOAT32);
        Map<String, Changes> apart = new LinkedHashMap<>();
        adapters.forEach((one, path) -> apart.put(one, model.apart(path, causal.stack())));
        NarrowWeight.Kind bits = precision.writing();
        List<AutoCloseable> narrow = bits == null ? List.of() : causal.narrow(bits);
        TextWriter engine = LanguageEngine.start(name, causal, dtype, options(causal, dtype));
        return new TextEngine(model, engine, causal.context(), null, narrow, apart);
      }
      if (!(model.model().architecture() instanceof Decoding decoding)
          || precision.writing() != null) {
        throw ServeException.wrong(
            "engine.kind", folder, model.model().config().path("architectures"));
      }
      if (!adapters.isEmpty()) {
        throw ServeException.wrong("engine.adapters", folder);
      }
      boolean answers = decoding instanceof EncoderDecoderModel;
      long[] start = answers ? model.first(List.of()) : null;
      int queue = Integer.getInteger("millrace.engine.queue", 256);
      TextWriter engine = TurnEngine.start(name, decoding, start, queue);
      return new TextEngine(model, engine, decoding.context(), start, List.of(), Map.of());
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * {@code millrace.cache.tokens}, {@code millrace.engine.rows}, {@code millrace.engine.queue},
   * {@code millrace.engine.guesses}.
   */
  private static LanguageEngine.Options options(CausalModel model, DType dtype) {
    long each = PagedCache.blockBytes(model.stack(), dtype) / PagedCache.BLOCK;
    long usual =
        Math.max(
            Math.min(model.context(), MOST_TOKENS),
            Math.min(16 * model.context(), Math.min(MOST_TOKENS, CACHE_BYTES / each)));
    LanguageEngine.Options options =
        LanguageEngine.Options.usual(Long.getLong("millrace.cache.tokens", usual));
    return new LanguageEngine.Options(
        Integer.getInteger("millrace.engine.rows", options.rows()),
        options.tokens(),
        options.piece(),
        Integer.getInteger("millrace.engine.queue", options.queue()),
        options.shares(),
        Integer.getInteger("millrace.engine.guesses", options.rowsWithGuesses()));
  }

  @Override
  public void warmUp() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    engine.submit(Order.of(new long[] {0}, Sampling.greedy(1)), new Warm(done));
    done.join();
  }

  @Override
  public LanguageEngine.Ticket begin(ObjectNode request, Events events) {
    Tools tools = Tools.of(request, model);
    long[] prompt = prompt(request);
    if (prompt.length >= context) {
      throw ServeException.wrong("engine.long", prompt.length, context);
    }
    Sampling sampling = sampling(request, prompt.length);
    int copies = request.path("n").asInt(1);
    long timeout = request.path("timeout_ms").asLong(0);
    Order order =
        new Order(
            prompt,
            sampling,
            copies,
            request.path("owner").asString(""),
            request.path("priority").asInt(0),
            timeout > 0 ? Duration.ofMillis(timeout) : null,
            request.has("form") || tools != null ? forms().of(request, tools) : null,
            adapter(request));
    List<String> stops = new ArrayList<>();
    request.path("stop").forEach(stop -> stops.add(stop.asString("")));
    Writing.How how = new Writing.How(stops, request.hasNonNull("logprobs"), tools);
    return engine.submit(order, new Writing(order, model.tokenizerIfAny(), how, events));
  }

  private @Nullable Changes adapter(ObjectNode request) {
    String name = request.path("adapter").asString("");
    if (name.isEmpty()) {
      return null;
    }
    Changes adapter = adapters.get(name);
    if (adapter == null) {
      throw ServeException.wrong(
          "engine.adapter", name, Nearest.of(name, adapters.keySet()), adapters.keySet());
    }
    return adapter;
  }

  private synchronized Forms forms() {
    Forms known = forms;
    if (known == null) {
      known = new Forms(model.tokenizer());
      forms = known;
    }
    return known;
  }

  private long[] prompt(ObjectNode request) {
    if (request.has("messages")) {
      List<Message> messages = Message.list(request.path("messages"), "messages");
      return model.format().ids(messages, template(request));
    }
    if (request.has("ids")) {
      JsonNode ids = request.path("ids");
      long[] all = new long[ids.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = ids.get(i).asLong(-1);
      }
      return all;
    }
    if (!request.has("prompt")) {
      throw ServeException.wrong("engine.writes");
    }
    return model.tokenizer().encode(request.path("prompt").asString("")).ids();
  }

  @SuppressWarnings("unchecked")
  private static ChatTemplate.Options template(ObjectNode request) {
    List<Map<String, @Nullable Object>> tools = null;
    if (request.hasNonNull("tools")) {
      tools = (List<Map<String, @Nullable Object>>) Message.value(request.path("tools"));
    }
    Map<String, @Nullable Object> more = new LinkedHashMap<>();
    request
        .path("template")
        .properties()
        .forEach(entry -> more.put(entry.getKey(), Message.value(entry.getValue())));
    return new ChatTemplate.Options(true, tools, more);
  }

  private Sampling sampling(ObjectNode request, int prompt) {
    Sampling usual = model.settings().recommended();
    long fits = context - (start == null ? prompt : start.length);
    long most = request.path("max_tokens").asLong(fits);
    Sampling.Builder builder =
        usual
            .change()
            .beams(1)
            .maxTokens((int) Math.clamp(most, 0, Integer.MAX_VALUE))
            .minTokens(request.path("min_tokens").asInt(0))
            .temperature(request.path("temperature").asDouble(usual.temperature()))
            .topP(request.path("top_p").asDouble(usual.topP()))
            .topK(request.path("top_k").asInt(usual.topK()))
            .minP(request.path("min_p").asDouble(usual.minP()))
            .presence(request.path("presence_penalty").asDouble(0))
            .frequency(request.path("frequency_penalty").asDouble(0))
            .repetition(request.path("repetition_penalty").asDouble(usual.repetition()))
            .alternatives(request.path("logprobs").asInt(0))
            .seed(request.path("seed").asLong(System.nanoTime()));
    if (request.hasNonNull("logprobs") && request.path("logprobs").asInt() == 0) {
      builder.alternatives(1);
    }
    Sampling full = model.settings().around(builder.build());
    return request.path("ignore_eos").asBoolean(false)
        ? full.change().ends(java.util.Set.of()).build()
        : full;
  }

  @Override
  public EngineState state() {
    return engine.state();
  }

  @Override
  public void close() {
    engine.close();
    for (AutoCloseable one : narrow) {
      try {
        one.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    model.close();
  }
}
