package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.model.architecture.Pooling;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder's blocks under another head: what a fine-tuning begins with. Weights that the folder has
 * not, or has in another size, begin fresh.
 *
 * @param task what the model is for
 * @param labels names of classes in order; empty where there are none
 * @param padding the id that fills rows, where the folder names none and the head must know it
 * @param pooling what classes of a text are read from, in BERT's kin; absent: what the folder says
 * @param words whether they are read from the mean of the words before the first block, too
 */
public record Recast(
    Task task,
    List<String> labels,
    @Nullable Integer padding,
    @Nullable Pooling pooling,
    boolean words) {
  /** What models are for. */
  public enum Task {
    /** Which class a text, or a pair of texts, belongs to. */
    CLASSES("ForSequenceClassification"),
    /** Which class each token belongs to. */
    TAGS("ForTokenClassification"),
    /** Where in a text the answer stands. */
    ANSWERS("ForQuestionAnswering"),
    /** Which token was hidden. */
    MASKED("ForMaskedLM"),
    /** Which class a picture belongs to. */
    PICTURES("ForImageClassification"),
    /** The states alone. */
    STATES("Model");

    private final String role;

    Task(String role) {
      this.role = role;
    }
  }

  /**
   * The layer before a classifier that reads anything but the first token alone. It has a name of
   * its own, so that transformers, which knows no such head, misses its weights instead of
   * misreading them.
   */
  static final String POOLED = "pooled";

  /** Our names of what stands behind the last block. */
  private static final String HEADS =
      "(classifier|pooled|text\\.classifier|before-classifier|pooler|answer|score|judge|head)\\..*";

  /** Their names of the same, whatever head a folder was saved with. */
  private static final String THEIRS =
      "(.*\\.)?(cls|classifier|pooled_classifier|lm_head|qa_outputs|pooler|score"
          + "|classification_head|vocab_transform|vocab_layer_norm|vocab_projector"
          + "|pre_classifier|generator_predictions|generator_lm_head|discriminator_predictions)\\..*"
          + "|final_logits_bias";

  /** Copies the list. */
  public Recast {
    labels = List.copyOf(labels);
  }

  /** A head as the folder has it, or as is usual in its family. */
  public Recast(Task task, List<String> labels, @Nullable Integer padding) {
    this(task, labels, padding, null, false);
  }

  /** Whether a weight belongs to the head and may begin fresh. */
  static boolean isHead(String ours) {
    return ours.matches(HEADS);
  }

  /** Whether a folder's weight belongs to a head. */
  static boolean isTheirs(String name) {
    return name.matches(THEIRS);
  }

  ObjectNode change(ObjectNode config, String place) {
    String given = config.path("architectures").path(0).asString("");
    String family =
        given.replaceFirst("(For[A-Z]\\w*|LMHeadModel|DoubleHeadsModel|Model|MTModel)$", "");
    if (family.isEmpty()) {
      throw new ModelException("recast.architecture", place, given);
    }
    config.putArray("architectures").add(family + task.role);
    if (!labels.isEmpty()) {
      ObjectNode names = config.putObject("id2label");
      ObjectNode ids = config.putObject("label2id");
      for (int i = 0; i < labels.size(); i++) {
        names.put(String.valueOf(i), labels.get(i));
        ids.put(labels.get(i), i);
      }
      config.remove("num_labels");
    }
    if ((pooling != null || words) && !Encoders.pools(family)) {
      throw new ModelException("recast.pooling", place, given);
    }
    if (pooling != null) {
      config.put("classifier_pooling", pooling.name().toLowerCase(Locale.ROOT));
    }
    if (words) {
      config.put("classifier_words", true);
    }
    if (padding != null && !config.path("pad_token_id").isIntegralNumber()) {
      config.put("pad_token_id", padding);
    }
    return config;
  }

  /** Class numbers by name. */
  public Map<String, Integer> numbers() {
    Map<String, Integer> all = new java.util.LinkedHashMap<>();
    labels.forEach(label -> all.put(label, all.size()));
    return all;
  }
}
