package io.millrace.data.language;

import io.millrace.data.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Rows of a {@link TokenStore}, all of the same length and full, in a new order every epoch. A long
 * document goes on in the next row; in one row documents do not see each other. Where rows are cut
 * moves from epoch to epoch, so that no two tokens are always apart.
 */
public final class PackedTokens implements TokenRows {
  private final TokenStore store;
  private final int width;
  private final long seed;
  private final boolean moves;
  private final int count;
  private final EpochOrder order;

  /**
   * Rows of this length.
   *
   * @param width tokens in a row; each but the last of a document is learned from the one before
   * @param moves whether the cuts move; not in validation
   * @throws DataException if there is not one full row
   */
  public PackedTokens(TokenStore store, int width, long seed, boolean moves) {
    long rows = (store.tokens() - 1) / width;
    if (rows < 1 || rows > Integer.MAX_VALUE) {
      throw new DataException("tokens.few", store.tokens(), width + 1L);
    }
    this.store = store;
    this.width = width;
    this.seed = seed;
    this.moves = moves;
    // One row less, so that the cuts can move.
    this.count = moves ? (int) Math.max(1, rows - 1) : (int) rows;
    this.order = new EpochOrder(count, seed);
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public TokenRow row(int epoch, int index) {
    long spare = store.tokens() - 1 - (long) count * width;
    long shift = moves ? (long) (new Random(seed * 31 + epoch).nextDouble() * (spare + 1)) : 0;
    int place = moves ? order.at(epoch, index) : index;
    long from = shift + (long) place * width;
    // One token more, which the last place learns to write.
    int[] ids = store.read(from, from + width + 1);
    TokenRow row = TokenRow.of(pieces(ids, from), width + 1);
    return new TokenRow(
        java.util.Arrays.copyOf(row.ids(), width),
        java.util.Arrays.copyOf(row.targets(), width),
        java.util.Arrays.copyOf(row.texts(), width),
        java.util.Arrays.copyOf(row.positions(), width));
  }

  /** Cuts where a document begins. */
  private List<Sample> pieces(int[] ids, long from) {
    List<Sample> pieces = new ArrayList<>();
    int begin = 0;
    int document = store.documentAt(from) + 1;
    while (document < store.documents() && store.start(document) < from + ids.length) {
      int cut = (int) (store.start(document) - from);
      if (cut > begin) {
        pieces.add(Sample.whole(java.util.Arrays.copyOfRange(ids, begin, cut)));
      }
      begin = cut;
      document++;
    }
    pieces.add(Sample.whole(java.util.Arrays.copyOfRange(ids, begin, ids.length)));
    return pieces;
  }

  @Override
  public String description() {
    return store.documents()
        + " documents, "
        + store.tokens()
        + " tokens, rows of "
        + width
        + ", seed "
        + seed;
  }
}
