package io.millrace.pipeline.language;

import io.millrace.data.language.SampleSet;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.SpecReader;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.folder.LoraSpec;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.Average;
import io.millrace.train.Precision;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that training a language model needs.
 *
 * @param model a Hugging Face folder; with {@code fresh} only its {@code config.json} and tokenizer
 *     are read
 * @param fresh whether training begins with fresh weights: pretraining
 * @param vocabulary what is learned from the training files before the model is, where the folder
 *     has no tokenizer; absent: nothing
 * @param task what the model is for; {@code auto}: what the folder says
 * @param method what is trained
 * @param lora the adapter, where {@code method} is {@code lora}; absent: rank 16 on every product
 * @param beta how much the model may move away from what it was; absent: 0.1 for {@code dpo}, and
 *     for {@code grpo} 0, which does not hold it
 * @param reward the Java file that says how good an answer is, for {@code grpo}
 * @param group how answers are drawn, for {@code grpo}
 * @param data what is learned
 * @param train how
 * @param generation what the trained model writes in the end
 * @param seed of weights, order and dropout
 */
public record TuneSpec(
    String model,
    @Default("false") boolean fresh,
    @Nullable Vocabulary vocabulary,
    @Default("auto") Task task,
    @Default("full") Method method,
    @Nullable LoraSpec lora,
    @Nullable Double beta,
    @Nullable String reward,
    @Default("{}") Answering group,
    Data data,
    @Default("{}") Train train,
    @Default("{}") Generation generation,
    @Default("1") long seed) {
  /**
   * A vocabulary that is learned.
   *
   * @param kind of tokens
   * @param size how many at most, where they are series of bytes
   */
  public record Vocabulary(@Default("bytes") Kind kind, @Default("8000") int size) {
    /** What tokens are. */
    public enum Kind {
      /** Frequent series of bytes, for any language. */
      BYTES,
      /** Pieces of words in lower case, as BERT has them. */
      WORDS,
      /** Characters that occur. */
      CHARACTERS
    }
  }

  /** What a model is for. */
  public enum Task {
    /** What the folder's architecture says. */
    AUTO,
    /** Continues texts. */
    WRITE,
    /** Says what was hidden in a text: pretraining of models that read. */
    MASK,
    /** Says the class of a text, or of two. */
    CLASSIFY,
    /** Says the class of each word. */
    TAG,
    /** Finds an answer in a text. */
    ANSWER,
    /** Reads one text and writes another: translation, summaries. */
    REWRITE,
    /** Makes vectors that lie close together where meanings do. */
    EMBED,
    /** Says the class of a picture. */
    PICTURE
  }

  /** What is trained. */
  public enum Method {
    /** All weights. */
    FULL,
    /** A low-rank adapter. */
    LORA,
    /** Preferences; an adapter where {@code lora} is given, otherwise all weights. */
    DPO,
    /** By a reward; an adapter where {@code lora} is given, otherwise all weights. */
    GRPO
  }

  /**
   * How answers to a prompt are drawn.
   *
   * @param answers to each prompt, at least 2
   * @param maxTokens at most so many tokens an answer
   * @param temperature divides scores before a token is drawn, above 0
   */
  public record Answering(
      @Default("8") int answers, @Default("128") int maxTokens, @Default("1") double temperature) {}

  /** What a file holds. */
  public enum Form {
    /** As its rows show: conversations, or texts. */
    AUTO,
    /** Conversations; only answers are learned. */
    CHAT,
    /** Texts; every token is learned. */
    TEXT
  }

  /**
   * What is learned.
   *
   * @param train files, relative to the spec; for pictures a folder with one subfolder a class
   * @param validation files that are not learned; empty: a share of the others is held back
   * @param held that share, from 0 to less than 1
   * @param test files on which the result is measured once; empty: a share of the others
   * @param tested that share, from 0 to less than 1
   * @param form what the files hold
   * @param length tokens in a row; absent: 512, or what the model reads if that is less
   * @param packed whether a row takes several texts
   * @param lines whether each line of a plain text is a document
   * @param longer what is done about longer conversations
   * @param columns names of the columns where files have no header but lines cut at tabs
   * @param key the column of the text
   * @param label the column of the class
   * @param pair the column of a second text; absent: there is none
   * @param negative the column of a text that looks alike and is not; absent: there is none
   * @param target the column of what is to be written
   * @param hidden the share of words that are hidden, above 0 and at most 0.5
   */
  public record Data(
      List<String> train,
      @Default("[]") List<String> validation,
      @Default("0.05") double held,
      @Default("[]") List<String> test,
      @Default("0") double tested,
      @Default("auto") Form form,
      @Nullable Integer length,
      @Default("true") boolean packed,
      @Default("false") boolean lines,
      @Default("leave-out") SampleSet.Longer longer,
      @Default("[]") List<String> columns,
      @Default("text") String key,
      @Default("label") String label,
      @Nullable String pair,
      @Nullable String negative,
      @Default("target") String target,
      @Default("0.15") double hidden) {
    private static final int USUAL = 512;

    /** Checks the ranges. */
    public Data {
      train = List.copyOf(train);
      validation = List.copyOf(validation);
      test = List.copyOf(test);
      columns = List.copyOf(columns);
      boolean shares = held >= 0 && tested >= 0 && held + tested < 1;
      if (train.isEmpty() || !shares || (length != null && length < 2)) {
        throw new PipelineException("tune.data", train, held, String.valueOf(length));
      }
      if (!(hidden > 0 && hidden <= 0.5)) {
        throw new PipelineException("tune.hidden", hidden);
      }
    }

    private Data of(int tokens) {
      return new Data(
          train,
          validation,
          held,
          test,
          tested,
          form,
          tokens,
          packed,
          lines,
          longer,
          columns,
          key,
          label,
          pair,
          negative,
          target,
          hidden);
    }

    /** Tokens in a row, once that is settled. */
    int width() {
      return Objects.requireNonNull(length);
    }
  }

  /**
   * How.
   *
   * @param epochs passes over the rows
   * @param steps ends after so many; 0: by epochs
   * @param batch rows that are computed together
   * @param accumulate batches in a step
   * @param optimizer absent: AdamW, with a step length that fits the method
   * @param groups weights that are treated in a way of their own
   * @param schedule absent: a straight line up over 3 % of the steps, then a cosine
   * @param average a mean of weights over time that validation and the result use; absent: none
   * @param clip the gradient's longest length; 0: no limit
   * @param precision in which numbers products are computed
   * @param checkpointing whether blocks are computed twice to save memory
   * @param freeze weights that stay, by name
   * @param patience ends when validation was not better for so many epochs; 0: never
   * @param best whether the epoch that was best in validation is kept, and not the last
   * @param smoothing the share of a target that all classes or tokens have alike, from 0 to less
   *     than 1
   * @param blank the share of words that are hidden while classes are learned, from 0 to less than
   *     1; other words in every epoch
   * @param bag what it counts that the first token of a text says all its words, beside hidden ones
   *     in {@code mask}; 0: not at all
   * @param pooling what a text's vector is made of, for {@code embed} (absent: the mean) and for
   *     {@code classify} (absent: as the folder says, else the first token)
   * @param words whether classes are read from the mean of a text's words before the first block,
   *     too
   */
  public record Train(
      @Default("3") int epochs,
      @Default("0") long steps,
      @Default("8") int batch,
      @Default("1") int accumulate,
      @Nullable OptimizerSpec optimizer,
      @Default("[]") List<Group> groups,
      @Nullable Schedule schedule,
      @Nullable Average average,
      @Default("1") double clip,
      @Default("float32") Precision precision,
      @Default("false") boolean checkpointing,
      @Default("[]") List<String> freeze,
      @Default("0") int patience,
      @Default("false") boolean best,
      @Default("0") double smoothing,
      @Default("0") double blank,
      @Default("0") double bag,
      @Nullable Pooling pooling,
      @Default("false") boolean words) {
    /** Checks the ranges. */
    public Train {
      if (!(smoothing >= 0 && smoothing < 1)) {
        throw new PipelineException("tune.smoothing", smoothing);
      }
    }
  }

  /**
   * What the trained model writes in the end, for the report and for scores.
   *
   * @param samples how many texts the report shows
   * @param scored how many texts that were not learned are written and compared with what is
   *     expected (BLEU, chrF, ROUGE-L), for conversations and texts to rewrite; 0: none
   * @param beams how many texts are followed at once; 1: the likeliest token is taken
   * @param maxTokens at most so many tokens a text
   */
  public record Generation(
      @Default("4") int samples,
      @Default("0") int scored,
      @Default("1") int beams,
      @Default("64") int maxTokens) {
    /** Checks the ranges. */
    public Generation {
      if (samples < 0 || scored < 0 || beams < 1 || maxTokens < 1) {
        throw new PipelineException("tune.generation", samples, scored, beams, maxTokens);
      }
    }

    /** How many texts are written. */
    int count() {
      return Math.max(samples, scored);
    }
  }

  /** Refuses settings of how a text is read where nothing reads a text as a whole. */
  void checkReading() {
    boolean classes = task == Task.CLASSIFY;
    if ((train.words && !classes) || (train.pooling != null && !classes && task != Task.EMBED)) {
      throw new PipelineException("tune.reading", task);
    }
    if (train.bag != 0 && task != Task.MASK) {
      throw new PipelineException("tune.bag", task);
    }
  }

  /** Whether an adapter is trained and not the model. */
  boolean adapts() {
    return method == Method.LORA || (method != Method.FULL && lora != null);
  }

  /** Whether the model writes texts. */
  boolean writes() {
    return task == Task.WRITE || task == Task.REWRITE;
  }

  /** How much the model may move away. */
  double held() {
    return beta != null ? beta : method == Method.DPO ? 0.1 : 0;
  }

  /** This spec with rows that the model can read, where it says nothing of their length. */
  TuneSpec fitting(long context) {
    if (data.length != null) {
      return this;
    }
    Data fitted = data.of((int) Math.min(context, Data.USUAL));
    return new TuneSpec(
        model,
        fresh,
        vocabulary,
        task,
        method,
        lora,
        beta,
        reward,
        group,
        fitted,
        train,
        generation,
        seed);
  }

  /** This spec with the task that a folder's architecture is made for, where it names none. */
  TuneSpec settled(String architecture) {
    if (task != Task.AUTO) {
      return this;
    }
    Task found =
        architecture.contains("ForMaskedLM") || architecture.contains("ForPreTraining")
            ? Task.MASK
            : architecture.contains("ForSequenceClassification")
                ? Task.CLASSIFY
                : architecture.contains("ForTokenClassification")
                    ? Task.TAG
                    : architecture.contains("ForQuestionAnswering")
                        ? Task.ANSWER
                        : architecture.matches(".*(ForConditionalGeneration|MTModel)")
                            ? Task.REWRITE
                            : architecture.contains("ForImageClassification")
                                ? Task.PICTURE
                                : Task.WRITE;
    return new TuneSpec(
        model,
        fresh,
        vocabulary,
        found,
        method,
        lora,
        beta,
        reward,
        group,
        data,
        train,
        generation,
        seed);
  }

  /** Whether a YAML file is such a spec, and not one of a network: its model is a folder. */
  public static boolean is(Path file) {
    return SpecReader.text(file, "model") != null;
  }

  /** A spec of settings alone, {@code key.key=value} each. */
  public static TuneSpec of(List<String> settings) {
    return SpecReader.read("{}", "options", TuneSpec.class, settings);
  }

  /**
   * Reads a YAML file.
   *
   * @param settings {@code key.key=value} texts that replace values
   */
  public static TuneSpec read(Path file, List<String> settings) {
    return SpecReader.read(file, TuneSpec.class, settings);
  }
}
