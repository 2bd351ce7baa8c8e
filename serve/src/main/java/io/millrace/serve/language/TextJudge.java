package io.millrace.serve.language;

import io.millrace.data.language.AnswerWindow;
import io.millrace.data.language.PairFrame;
import io.millrace.data.language.Reading;
import io.millrace.data.tokenizer.Encoding;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.serve.ServeException;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What folders say of texts: classes, names in them, answers to questions.
 *
 * <pre>{@code
 * try (TextJudge judge = TextJudge.open(Path.of("sentiment/model"))) {
 *   TextJudge.Class said = judge.classify("很好吃").getFirst();
 * }
 * }</pre>
 *
 * <p>A text that is longer than the model reads loses its end; questions are looked for in the
 * whole text, stretch by stretch. Runs on the calling thread, which must be a platform thread.
 */
public final class TextJudge implements AutoCloseable {
  private static final int LONGEST_ANSWER = 30;
  private static final int USUAL = 512;

  /** What a folder is for. */
  public enum Kind {
    /** Says the class of a text. */
    CLASSES,
    /** Says the class of each word. */
    TAGS,
    /** Finds answers. */
    ANSWERS
  }

  /**
   * A class and how probable it is.
   *
   * @param probability from 0 to 1
   */
  public record Class(String label, double probability) {}

  /**
   * A name in a text.
   *
   * @param start its first character, as Java counts
   * @param end behind its last one
   */
  public record Name(String text, String label, int start, int end) {}

  /**
   * An answer in a text.
   *
   * @param score how sure the model is; only good for comparisons
   */
  public record Found(String text, int start, int end, double score) {}

  private final Pretrained model;
  private final Tokenizer tokenizer;
  private final Kind kind;
  private final int longest;
  private final long padding;

  private TextJudge(Pretrained model, Tokenizer tokenizer, Kind kind, int longest, long padding) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.kind = kind;
    this.longest = longest;
    this.padding = padding;
  }

  /** What a configuration's architecture is for; absent where it judges no texts. */
  public static @Nullable Kind kind(String architecture) {
    if (architecture.contains("ForSequenceClassification")) {
      return Kind.CLASSES;
    }
    if (architecture.contains("ForTokenClassification")) {
      return Kind.TAGS;
    }
    return architecture.contains("ForQuestionAnswering") ? Kind.ANSWERS : null;
  }

  /**
   * Opens a folder.
   *
   * @throws ServeException if it judges no texts
   */
  public static TextJudge open(Path folder) {
    Pretrained model = Pretrained.open(folder);
    try {
      Kind kind = kind(model.config().path("architectures").path(0).asString(""));
      if (kind == null) {
        throw ServeException.wrong(
            "judge.kind", folder, model.config().path("architectures").toString());
      }
      Tokenizer tokenizer = Tokenizer.open(folder);
      String pad = tokenizer.specials().pad();
      Integer id = pad == null ? null : tokenizer.id(pad);
      var config = model.config();
      int most =
          config.path("max_position_embeddings").asInt(config.path("n_positions").asInt(USUAL));
      boolean counts = config.path("model_type").asString("").matches("roberta|xlm-roberta|mpnet");
      most -= counts ? 1 + config.path("pad_token_id").asInt(1) : 0;
      return new TextJudge(
          model,
          tokenizer,
          kind,
          Math.min(most, USUAL),
          id == null ? config.path("pad_token_id").asLong(0) : id);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** What the folder is for. */
  public Kind kind() {
    return kind;
  }

  /** A text's classes, the most probable first. */
  public List<Class> classify(String text) {
    return classify(Reading.of(tokenizer, text, longest));
  }

  /** The classes of a pair of texts, the most probable first. */
  public List<Class> classify(String text, String other) {
    return classify(Reading.of(tokenizer, PairFrame.of(tokenizer), text, other, longest));
  }

  /**
   * How well a text answers a question, from 0 to 1: the sigmoid of the only score, or the
   * probability of the last class, as cross-encoders are trained.
   */
  public double relevance(String question, String text) {
    require(Kind.CLASSES);
    Reading both = Reading.of(tokenizer, PairFrame.of(tokenizer), question, text, longest);
    try (Scope scope = Scope.open()) {
      Tensor logits = Objects.requireNonNull(scores(both).get("logits")).to(DType.FLOAT32);
      float[] scores = logits.toFloats();
      if (scores.length == 1) {
        return 1 / (1 + Math.exp(-scores[0]));
      }
      return Neural.softmax(logits, 1).toFloats()[scores.length - 1];
    }
  }

  /** How many tokens of a text, or of a pair, the model reads. */
  public int tokens(String text, @Nullable String pair) {
    Reading read =
        pair == null
            ? Reading.of(tokenizer, text, longest)
            : Reading.of(tokenizer, PairFrame.of(tokenizer), pair, text, longest);
    return read.ids().length;
  }

  private List<Class> classify(Reading text) {
    require(Kind.CLASSES);
    try (Scope scope = Scope.open()) {
      Tensor scores = scores(text).get("logits");
      float[] shares =
          Neural.softmax(Objects.requireNonNull(scores).to(DType.FLOAT32), 1).toFloats();
      List<Class> all = new ArrayList<>();
      for (int i = 0; i < shares.length; i++) {
        all.add(new Class(label(i), shares[i]));
      }
      all.sort((a, b) -> Double.compare(b.probability, a.probability));
      return all;
    }
  }

  private String label(int number) {
    List<String> labels = model.labels();
    return number < labels.size() ? labels.get(number) : "LABEL_" + number;
  }

  private Map<String, Tensor> scores(Reading text) {
    return model.forward(
        Inputs.padded(
            List.of(text.ids()), List.of(text.types()), padding, model.architecture().inputs()));
  }

  private void require(Kind wanted) {
    if (kind != wanted) {
      throw ServeException.wrong("judge.kind", model.folder(), kind.toString());
    }
  }

  /**
   * The names in a text. Tags of the form {@code B-kind}, {@code I-kind} are joined; of others each
   * token but {@code O} is a name.
   */
  public List<Name> names(String text) {
    require(Kind.TAGS);
    Encoding encoding = tokenizer.encode(text);
    int size = Math.min(encoding.size(), longest);
    long[] ids = Arrays.copyOf(encoding.ids(), size);
    try (Scope scope = Scope.open()) {
      Tensor logits =
          Objects.requireNonNull(scores(new Reading(ids, new long[size], false)).get("logits"));
      long[] best = logits.argmax(2).toLongs();
      List<Name> all = new ArrayList<>();
      Name open = null;
      for (int i = 0; i < size; i++) {
        if (encoding.starts()[i] < 0) {
          continue;
        }
        int start = skipSpace(text, encoding.starts()[i], encoding.ends()[i]);
        int end = encoding.ends()[i];
        String tag = label((int) best[i]);
        boolean marked = tag.length() > 2 && tag.charAt(1) == '-';
        String label = marked ? tag.substring(2) : tag;
        // Only the first token of a word is trained; the others go on with it.
        boolean inside = open != null && start == open.end && start > 0 && isWord(text, start);
        boolean joins = open != null && !tag.startsWith("B-") && marked && label.equals(open.label);
        if (open != null && (inside || joins)) {
          open = new Name(text.substring(open.start, end), open.label, open.start, end);
        } else {
          if (open != null) {
            all.add(open);
          }
          open = tag.equals("O") ? null : new Name(text.substring(start, end), label, start, end);
        }
      }
      if (open != null) {
        all.add(open);
      }
      return all;
    }
  }

  private static int skipSpace(String text, int start, int end) {
    int at = start;
    while (at < end && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isWord(String text, int at) {
    return at < text.length()
        && Character.isLetterOrDigit(text.charAt(at))
        && Character.isLetterOrDigit(text.charAt(at - 1))
        && Character.UnicodeScript.of(text.charAt(at)) != Character.UnicodeScript.HAN;
  }

  /** The likeliest answer to a question in a text. */
  public Found answer(String question, String context) {
    require(Kind.ANSWERS);
    // The window wants an answer to learn; its first character serves where none is known.
    String any = context.isEmpty() ? " " : context.substring(0, context.offsetByCodePoints(0, 1));
    AnswerWindow.Question asked =
        new AnswerWindow.Question(
            question, context.isEmpty() ? " " : context, List.of(any), 0, question);
    Found best = new Found("", 0, 0, Double.NEGATIVE_INFINITY);
    for (AnswerWindow window :
        AnswerWindow.of(tokenizer, PairFrame.of(tokenizer), asked, 0, longest)) {
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> said = scores(window.text());
        float[] starts =
            Objects.requireNonNull(said.get("start_logits")).to(DType.FLOAT32).toFloats();
        float[] ends = Objects.requireNonNull(said.get("end_logits")).to(DType.FLOAT32).toFloats();
        for (int start = 0; start < window.starts().length; start++) {
          int most = Math.min(window.starts().length, start + LONGEST_ANSWER);
          for (int end = start; end < most; end++) {
            double score = starts[window.first() + start] + ends[window.first() + end];
            if (score > best.score) {
              int from = window.starts()[start];
              int to = window.ends()[end];
              best = new Found(context.substring(from, to).strip(), from, to, score);
            }
          }
        }
      }
    }
    return best;
  }

  /** Everything that the folder says of a text, by name, for machines. */
  public Map<String, Object> judge(String text, @Nullable String pair) {
    Map<String, Object> said = new LinkedHashMap<>();
    switch (kind) {
      case CLASSES -> {
        List<Class> classes = pair == null ? classify(text) : classify(text, pair);
        said.put("label", classes.getFirst().label);
        said.put("probability", classes.getFirst().probability);
        Map<String, Double> all = new LinkedHashMap<>();
        classes.forEach(one -> all.put(one.label, one.probability));
        said.put("probabilities", all);
      }
      case TAGS -> said.put("names", names(text));
      case ANSWERS -> {
        Found found = answer(text, pair == null ? "" : pair);
        said.put("answer", found.text);
        said.put("start", found.start);
        said.put("end", found.end);
      }
    }
    return said;
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
