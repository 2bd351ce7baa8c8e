package io.millrace.pipeline.language;

import io.millrace.data.language.SampleSet;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.SpecReader;
import io.millrace.model.folder.LoraSpec;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.Precision;
import io.millrace.train.optimizer.Group;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that training a language model needs.
 *
 * @param model a Hugging Face folder; with {@code fresh} only its {@code config.json} and tokenizer
 *     are read
 * @param fresh whether training begins with fresh weights: pretraining
 * @param vocabulary what is learned from the training files before the model is, where the folder
 *     has no tokenizer; absent: nothing
 * @param method what is trained
 * @param lora the adapter, where {@code method} is {@code lora}; absent: rank 16 on every product
 * @param beta how much a model that learns preferences may move away, above 0
 * @param data what is learned
 * @param train how
 * @param seed of weights, order and dropout
 */
public record TuneSpec(
    String model,
    @Default("false") boolean fresh,
    @Nullable Vocabulary vocabulary,
    @Default("full") Method method,
    @Nullable LoraSpec lora,
    @Default("0.1") double beta,
    Data data,
    @Default("{}") Train train,
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
      /** Characters that occur. */
      CHARACTERS
    }
  }

  /** What is trained. */
  public enum Method {
    /** All weights. */
    FULL,
    /** A low-rank adapter. */
    LORA,
    /** Preferences; an adapter where {@code lora} is given, otherwise all weights. */
    DPO
  }

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
   * @param train files, relative to the spec
   * @param validation files that are not learned; empty: a share of the others is held back
   * @param held that share, from 0 to less than 1
   * @param form what the files hold
   * @param length tokens in a row; absent: 512, or what the model reads if that is less
   * @param packed whether a row takes several texts
   * @param longer what is done about longer conversations
   * @param key where rows of JSON and Parquet have their text
   */
  public record Data(
      List<String> train,
      @Default("[]") List<String> validation,
      @Default("0.05") double held,
      @Default("auto") Form form,
      @Nullable Integer length,
      @Default("true") boolean packed,
      @Default("leave-out") SampleSet.Longer longer,
      @Default("text") String key) {
    private static final int USUAL = 512;

    /** Checks the ranges. */
    public Data {
      train = List.copyOf(train);
      validation = List.copyOf(validation);
      if (train.isEmpty() || !(held >= 0 && held < 1) || (length != null && length < 2)) {
        throw new PipelineException("tune.data", train, held, String.valueOf(length));
      }
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
   * @param clip the gradient's longest length; 0: no limit
   * @param precision in which numbers products are computed
   * @param checkpointing whether blocks are computed twice to save memory
   * @param freeze weights that stay, by name
   * @param patience ends when validation was not better for so many epochs; 0: never
   */
  public record Train(
      @Default("3") int epochs,
      @Default("0") long steps,
      @Default("8") int batch,
      @Default("1") int accumulate,
      @Nullable OptimizerSpec optimizer,
      @Default("[]") List<Group> groups,
      @Nullable Schedule schedule,
      @Default("1") double clip,
      @Default("float32") Precision precision,
      @Default("false") boolean checkpointing,
      @Default("[]") List<String> freeze,
      @Default("0") int patience) {}

  /** Whether an adapter is trained and not the model. */
  boolean adapts() {
    return method == Method.LORA || (method == Method.DPO && lora != null);
  }

  /** This spec with rows that the model can read, where it says nothing of their length. */
  TuneSpec fitting(long context) {
    if (data.length != null) {
      return this;
    }
    int length = (int) Math.min(context, Data.USUAL);
    Data fitted =
        new Data(
            data.train,
            data.validation,
            data.held,
            data.form,
            length,
            data.packed,
            data.longer,
            data.key);
    return new TuneSpec(model, fresh, vocabulary, method, lora, beta, fitted, train, seed);
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
