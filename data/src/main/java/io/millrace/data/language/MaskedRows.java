package io.millrace.data.language;

import java.util.Arrays;
import java.util.Random;

/**
 * Rows in which words are hidden, others in every epoch: of the chosen ones most become the mask,
 * some another token, some stay (Devlin et al. 2018); a word is hidden with all its pieces or not
 * at all. What was hidden is what is learned, at its own place.
 */
public final class MaskedRows implements TokenRows {
  private static final double MASKED = 0.8;
  private static final double REPLACED = 0.1;

  private final TokenRows rows;
  private final WordStarts words;
  private final long mask;
  private final int vocabulary;
  private final double share;
  private final boolean moves;
  private final long seed;

  /**
   * Rows with hidden words.
   *
   * @param mask the id that stands for a hidden token
   * @param vocabulary how many tokens there are
   * @param share how many of the words are chosen, above 0 and at most 0.5; 0.15 is usual
   * @param moves whether other words are hidden in every epoch; not in validation
   */
  public MaskedRows(
      TokenRows rows,
      WordStarts words,
      long mask,
      int vocabulary,
      double share,
      boolean moves,
      long seed) {
    this.rows = rows;
    this.words = words;
    this.mask = mask;
    this.vocabulary = vocabulary;
    this.share = share;
    this.moves = moves;
    this.seed = seed;
  }

  @Override
  public int count() {
    return rows.count();
  }

  @Override
  public int width() {
    return rows.width();
  }

  @Override
  public TokenRow row(int epoch, int index) {
    TokenRow row = rows.row(epoch, index);
    long number = (moves ? epoch : -1L) * 1_000_003L + index;
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + number);
    long[] ids = row.ids().clone();
    long[] targets = new long[ids.length];
    Arrays.fill(targets, TokenRow.IGNORED);
    int at = 0;
    while (at < ids.length) {
      int end = at + 1;
      while (end < ids.length && row.texts()[end] == row.texts()[at] && words.goesOn(ids[end])) {
        end++;
      }
      if (row.texts()[at] > 0 && !words.isSpecial(ids[at]) && random.nextDouble() < share) {
        for (int i = at; i < end; i++) {
          targets[i] = ids[i];
          double kind = random.nextDouble();
          if (kind < MASKED) {
            ids[i] = mask;
          } else if (kind < MASKED + REPLACED) {
            ids[i] = another(random);
          }
        }
      }
      at = end;
    }
    return new TokenRow(ids, targets, row.texts(), row.positions());
  }

  private long another(Random random) {
    long id = random.nextInt(vocabulary);
    for (int tries = 0; words.isSpecial(id) && tries < vocabulary; tries++) {
      id = (id + 1) % vocabulary;
    }
    return id;
  }

  @Override
  public String description() {
    return rows.description() + ", " + share + " of words hidden";
  }
}
