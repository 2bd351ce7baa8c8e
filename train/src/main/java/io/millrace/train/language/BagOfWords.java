package io.millrace.train.language;

import io.millrace.data.language.TokenRow;
import io.millrace.tensor.DType;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Beside hidden words a model learns to say all words of a text from the state of its first token,
 * in no order: that state then holds the text, as classes and comparisons need it. Hidden words
 * alone teach it little, for it stands where nothing is ever hidden. After Ma et al. 2024 ("Drop
 * your Decoder"); the scores are those of the head that says hidden words.
 *
 * @param weight what a text's loss counts beside a hidden word's, above 0
 * @param begin the id of the token that begins each text
 * @param special ids that are no words
 */
public record BagOfWords(double weight, long begin, Set<Long> special) {
  /** Checks the range. */
  public BagOfWords {
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new TrainException("bag", weight);
    }
    special = Set.copyOf(special);
  }

  /**
   * The texts of a batch that begin in it and have words.
   *
   * @param begins where, counted through all rows
   * @param said the words of each, those that are hidden included
   */
  record Found(long[] begins, List<long[]> said) {
    int count() {
      return begins.length;
    }
  }

  Found in(TokenBatch batch) {
    List<Long> begins = new ArrayList<>();
    List<long[]> said = new ArrayList<>();
    List<TokenRow> rows = batch.rows();
    for (int r = 0; r < rows.size(); r++) {
      TokenRow row = rows.get(r);
      int used = row.used();
      for (int from = 0; from < used; ) {
        int to = from + 1;
        while (to < used && row.texts()[to] == row.texts()[from]) {
          to++;
        }
        long[] text = text(row, from, to);
        if (row.ids()[from] == begin && text.length > 0) {
          begins.add((long) r * batch.time() + from);
          said.add(text);
        }
        from = to;
      }
    }
    return new Found(begins.stream().mapToLong(Long::longValue).toArray(), said);
  }

  private long[] text(TokenRow row, int from, int to) {
    long[] text = new long[to - from];
    int count = 0;
    for (int i = from; i < to; i++) {
      long target = row.targets()[i];
      long id = target == TokenRow.IGNORED ? row.ids()[i] : target;
      if (!special.contains(id)) {
        text[count++] = id;
      }
    }
    return Arrays.copyOf(text, count);
  }

  /**
   * The summed loss of the texts, each the mean over its words.
   *
   * @param states [places, hidden]
   * @param logits from states to scores [rows, vocabulary]
   * @param scale what the loss is multiplied with for the gradients; 0: there are none
   */
  static double loss(
      Found found,
      Tensor states,
      UnaryOperator<Tensor> logits,
      int vocabulary,
      boolean mixed,
      double scale) {
    double total = 0;
    int step = (int) Math.min(Integer.MAX_VALUE, TokenLoss.step(vocabulary));
    for (int from = 0; from < found.count(); from += step) {
      int to = Math.min(found.count(), from + step);
      long[] places = Arrays.copyOfRange(found.begins, from, to);
      try (Scope scope = Scope.open()) {
        Tensor firsts = states.indexSelect(0, Tensors.of(places, places.length));
        Tensor scores = Computed.in(mixed, () -> logits.apply(firsts)).to(DType.FLOAT32);
        Tensor sum = sum(Neural.logSoftmax(scores, 1), found.said.subList(from, to), vocabulary);
        if (scale != 0) {
          sum.mul(scale).backward();
        }
        total += sum.detach().item();
      }
    }
    return total;
  }

  /** The losses of some texts, from the logarithms [texts, vocabulary] of all probabilities. */
  private static Tensor sum(Tensor logs, List<long[]> said, int vocabulary) {
    int count = said.stream().mapToInt(text -> text.length).sum();
    long[] chosen = new long[count];
    float[] shares = new float[count];
    int next = 0;
    for (int text = 0; text < said.size(); text++) {
      long[] words = said.get(text);
      for (long word : words) {
        chosen[next] = (long) text * vocabulary + word;
        shares[next++] = 1f / words.length;
      }
    }
    return logs.reshape(-1)
        .indexSelect(0, Tensors.of(chosen, count))
        .mul(Tensors.of(shares, count))
        .sum()
        .neg();
  }
}
