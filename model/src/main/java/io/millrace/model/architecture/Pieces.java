package io.millrace.model.architecture;

import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts of packed or padded rows, for models that must begin anew with each. */
final class Pieces {
  /** Tokens of one text in a row. */
  record Piece(int row, int from, int length) {}

  private final List<Piece> all;
  private final int batch;
  private final int time;
  private final int longest;

  private Pieces(List<Piece> all, int batch, int time) {
    this.all = all;
    this.batch = batch;
    this.time = time;
    this.longest = all.stream().mapToInt(Piece::length).max().orElse(0);
  }

  /**
   * What the rows are made of; absent where each is one text without padding.
   *
   * @param read tokens that were read before, which the places include
   */
  static @Nullable Pieces of(Stack.Places places, Tensor ids, long read) {
    int batch = (int) ids.size(0);
    int time = (int) ids.size(1);
    Tensor texts = places.texts();
    Tensor real = places.real();
    if (texts == null && (real == null || read > 0)) {
      return null;
    }
    Tensor marks =
        texts == null
            ? java.util.Objects.requireNonNull(real).narrow(1, 0, time).to(DType.INT64)
            : texts;
    long[] of = marks.toLongs();
    List<Piece> found = new ArrayList<>();
    for (int row = 0; row < batch; row++) {
      int from = 0;
      for (int i = 1; i <= time; i++) {
        if (i == time || of[row * time + i] != of[row * time + from]) {
          if (texts != null || of[row * time + from] != 0) {
            found.add(new Piece(row, from, i - from));
          }
          from = i;
        }
      }
    }
    boolean whole = found.size() == batch && found.stream().allMatch(one -> one.length == time);
    return whole ? null : new Pieces(found, batch, time);
  }

  List<Piece> all() {
    return all;
  }

  /** [batch, time, size] to [pieces, longest, size]; what follows a shorter one is of no use. */
  Tensor apart(Tensor x) {
    long[] from = new long[all.size() * longest];
    for (int i = 0; i < all.size(); i++) {
      Piece piece = all.get(i);
      for (int j = 0; j < longest; j++) {
        int place = piece.from + Math.min(j, piece.length - 1);
        from[i * longest + j] = (long) piece.row * time + place;
      }
    }
    return chosen(x, from, all.size(), longest);
  }

  /** [pieces, longest, size] back to [batch, time, size]; padding has the first piece's state. */
  Tensor back(Tensor y) {
    long[] from = new long[batch * time];
    for (int i = 0; i < all.size(); i++) {
      Piece piece = all.get(i);
      for (int j = 0; j < piece.length; j++) {
        from[piece.row * time + piece.from + j] = (long) i * longest + j;
      }
    }
    return chosen(y, from, batch, time);
  }

  private static Tensor chosen(Tensor x, long[] places, long rows, long columns) {
    long size = x.size(2);
    return x.reshape(-1, size)
        .indexSelect(0, Tensors.of(places, places.length))
        .reshape(rows, columns, size);
  }
}
