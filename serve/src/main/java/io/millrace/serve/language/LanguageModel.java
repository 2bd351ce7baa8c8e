package io.millrace.serve.language;

import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.data.sound.MelSpectrogram;
import io.millrace.data.sound.SoundFile;
import io.millrace.data.tokenizer.StreamDecoder;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.message.Problem;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.architecture.EncoderDecoderModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Adapter;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.model.transformer.Changes;
import io.millrace.model.transformer.Stack;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model that writes, from a Hugging Face folder.
 *
 * <pre>{@code
 * try (LanguageModel model = LanguageModel.open(Path.of("qwen2.5-0.5b-instruct"))) {
 *   Sampling sampling = Sampling.greedy(200);
 *   model.chat(List.of(Message.user("用一句话解释梯度下降")), sampling, List.of(), System.out::print);
 * }
 * }</pre>
 *
 * <p>One call at a time; runs on the calling platform thread.
 */
public final class LanguageModel implements AutoCloseable {
  private final Pretrained model;
  private final Path folder;
  private final @Nullable Tokenizer tokenizer;
  private final GenerationSettings settings;
  private final Generator generator;
  private final List<Adapter> adapters = new ArrayList<>();
  private @Nullable ChatFormat format;

  private LanguageModel(
      Pretrained model, Path folder, @Nullable Tokenizer tokenizer, Decoding decoding) {
    this.model = model;
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.settings = GenerationSettings.open(folder);
    this.generator = new Generator(decoding);
  }

  /** Opens a folder, with weights as they are stored. */
  public static LanguageModel open(Path folder) {
    return open(folder, null);
  }

  /**
   * Opens a folder, or a GGUF file. It needs no tokenizer where prompts are given as ids.
   *
   * @param dtype what weights become, float32 or bfloat16; absent: as stored
   * @throws Problem if the folder cannot be read or holds a model that does not write
   */
  public static LanguageModel open(Path path, @Nullable DType dtype) {
    Path folder = GgufFolder.of(path);
    Pretrained model = Pretrained.open(folder, dtype);
    try {
      if (!(model.architecture() instanceof Decoding decoding) || !decoding.generates()) {
        throw ServeException.wrong("language.writes", folder, model.config().path("architectures"));
      }
      return new LanguageModel(model, folder, tokenizer(folder), decoding);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** A folder's tokenizer; absent where it has none. */
  static @Nullable Tokenizer tokenizer(Path folder) {
    try {
      return Tokenizer.open(folder);
    } catch (Problem e) {
      if (e.key().equals("tokenizer.none")) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Puts a LoRA adapter into the weights.
   *
   * @throws Problem if it was made for another model
   */
  public void adapt(Path adapterFolder) {
    Adapter adapter = Adapter.open(adapterFolder, model);
    adapter.merge();
    adapters.add(adapter);
  }

  /** A LoRA adapter for passes of which only some texts have it. */
  Changes apart(Path adapterFolder, Stack stack) {
    Adapter adapter = Adapter.open(adapterFolder, model);
    adapters.add(adapter);
    return adapter.apart(stack);
  }

  /** The weights. */
  public Pretrained model() {
    return model;
  }

  /** Whether it answers what an encoder read, and does not continue its prompt. */
  public boolean answers() {
    return model.architecture() instanceof EncoderDecoderModel;
  }

  /** What the folder says about writing. */
  public GenerationSettings settings() {
    return settings;
  }

  /** The folder's tokenizer; absent where it has none. */
  @Nullable Tokenizer tokenizerIfAny() {
    return tokenizer;
  }

  /** The folder's tokenizer. */
  public Tokenizer tokenizer() {
    if (tokenizer == null) {
      throw ServeException.wrong("language.tokenizer", folder);
    }
    return tokenizer;
  }

  /**
   * How conversations are written for this model.
   *
   * @throws Problem if the folder has no tokenizer or no chat template
   */
  public ChatFormat format() {
    ChatFormat known = format;
    if (known == null) {
      known = ChatFormat.open(folder, tokenizer());
      format = known;
    }
    return known;
  }

  /**
   * Continues a text; an encoder-decoder answers it.
   *
   * @param stops the answer ends before any of these texts
   * @param seen hears of the answer as it is written
   */
  public Answer generate(
      String prompt, Sampling sampling, List<String> stops, Consumer<String> seen) {
    return generate(tokenizer().encode(prompt).ids(), sampling, stops, seen);
  }

  /** Continues a conversation: the messages as the folder's template writes them. */
  public Answer chat(
      List<Message> messages, Sampling sampling, List<String> stops, Consumer<String> seen) {
    return generate(format().ids(messages, ChatTemplate.Options.PROMPT), sampling, stops, seen);
  }

  /** Continues token ids; the answer is text too where the folder has a tokenizer. */
  public Answer generate(
      long[] prompt, Sampling sampling, List<String> stops, Consumer<String> seen) {
    Writer writer = new Writer(stops, seen);
    Sampling full = settings.around(sampling);
    Generated generated;
    if (model.architecture() instanceof EncoderDecoderModel) {
      try (Scope scope = Scope.open()) {
        Inputs read = Inputs.ids(Tensors.of(prompt, 1, prompt.length));
        generated = generator.answer(read, first(List.of()), full, writer).getFirst();
      }
    } else {
      generated = generator.generate(List.of(prompt), full, writer).getFirst();
    }
    return writer.answer(generated, prompt.length);
  }

  /** The tokens that an answer of an encoder-decoder begins with. */
  long[] first(List<Long> more) {
    List<Long> ids = new ArrayList<>();
    Long start = settings.start();
    if (start == null) {
      throw ServeException.wrong("language.start", folder);
    }
    ids.add(start);
    Long forced = settings.forcedFirst();
    if (forced != null && more.isEmpty()) {
      ids.add(forced);
    }
    ids.addAll(more);
    return ids.stream().mapToLong(Long::longValue).toArray();
  }

  /**
   * Writes down what is said in a WAV file, in pieces of 30 seconds, with Whisper.
   *
   * @param language for example {@code zh}; absent: heard from the first piece
   * @param seen hears of the text as it is written
   */
  public Answer transcribe(
      Path file, @Nullable String language, Sampling sampling, Consumer<String> seen) {
    if (!(model.architecture() instanceof EncoderDecoderModel both)
        || !both.inputs().contains("input_features")) {
      throw ServeException.wrong("language.hears", folder);
    }
    int bands = model.config().path("num_mel_bins").asInt(80);
    int frames = 2 * model.config().path("max_source_positions").asInt(1500);
    MelSpectrogram mel = new MelSpectrogram(bands, frames);
    Writer writer = new Writer(List.of(), seen);
    List<Long> spoken = new ArrayList<>();
    Generated.Finish finish = Generated.Finish.STOP;
    List<Long> begin = null;
    try (SoundFile sound = SoundFile.open(file)) {
      for (double at = 0; at < sound.seconds(); at += mel.seconds()) {
        float[] samples = sound.piece(at, mel.seconds(), MelSpectrogram.RATE);
        if (samples.length == 0) {
          break;
        }
        try (Scope scope = Scope.open()) {
          Inputs heard = new Inputs(Map.of("input_features", mel.of(samples)));
          if (begin == null) {
            begin = begin(heard, language);
          }
          Generated piece =
              generator.answer(heard, first(begin), settings.around(sampling), writer).getFirst();
          for (long id : piece.ids()) {
            spoken.add(id);
          }
          finish = piece.finish();
        }
      }
    }
    long[] ids = spoken.stream().mapToLong(Long::longValue).toArray();
    return writer.answer(new Generated(ids, List.of(), finish), 0);
  }

  /** Whisper's language, task and way of writing. */
  private List<Long> begin(Inputs heard, @Nullable String language) {
    List<Long> begin = new ArrayList<>();
    if (!settings.languages().isEmpty()) {
      Long chosen;
      if (language != null) {
        chosen = settings.languages().get("<|" + language + "|>");
        if (chosen == null) {
          throw ServeException.wrong("language.unknown", language, settings.languages().keySet());
        }
      } else {
        chosen = spokenLanguage(heard);
      }
      begin.add(chosen);
      Long task = settings.task();
      if (task != null) {
        begin.add(task);
      }
    }
    Long noTimes = settings.noTimes();
    if (noTimes != null) {
      begin.add(noTimes);
    }
    return begin;
  }

  /** The language whose token is likeliest to come first. */
  private long spokenLanguage(Inputs heard) {
    Map<String, Tensor> inputs =
        Map.of(
            "input_features", heard.required("input_features"),
            "decoder_input_ids", Tensors.of(first(List.of()), 1, first(List.of()).length));
    Tensor logits =
        java.util.Objects.requireNonNull(model.forward(new Inputs(inputs)).get("logits"));
    float[] scores = logits.select(1, logits.size(1) - 1).to(DType.FLOAT32).toFloats();
    return settings.languages().values().stream()
        .max(java.util.Comparator.comparingDouble(id -> scores[id.intValue()]))
        .orElseThrow();
  }

  /** Turns tokens into seen text and measures time. */
  private final class Writer implements Generator.Listener {
    private final long started = System.nanoTime();
    private final Consumer<String> seen;
    private final StopStrings stops;
    private final StringBuilder text = new StringBuilder();
    private final @Nullable StreamDecoder decoder;
    private long first;

    Writer(List<String> stops, Consumer<String> seen) {
      this.stops = new StopStrings(stops);
      this.seen = seen;
      this.decoder = tokenizer == null ? null : tokenizer.stream();
    }

    @Override
    public boolean next(int row, io.millrace.model.generation.Choice choice) {
      if (first == 0) {
        first = System.nanoTime();
      }
      if (decoder != null) {
        show(stops.add(decoder.add(choice.id())));
      }
      return !stops.stopped();
    }

    private void show(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        seen.accept(piece);
      }
    }

    Answer answer(Generated generated, int promptTokens) {
      if (decoder != null) {
        show(stops.add(decoder.end()));
        show(stops.end());
      }
      long now = System.nanoTime();
      return new Answer(
          text.toString(),
          generated.ids(),
          generated.choices(),
          generated.finish(),
          promptTokens,
          ((first == 0 ? now : first) - started) / 1e9,
          (now - started) / 1e9);
    }
  }

  @Override
  public void close() {
    adapters.forEach(Adapter::close);
    model.close();
    if (tokenizer != null) {
      tokenizer.close();
    }
  }
}
