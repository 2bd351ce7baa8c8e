package io.millrace.train.loss;

import io.millrace.data.Targets;
import io.millrace.ground.spec.Default;
import io.millrace.ground.spec.Key;
import io.millrace.model.layer.Activation;
import io.millrace.tensor.Neural;
import io.millrace.tensor.Shape;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.train.TrainException;
import java.util.List;

/**
 * Losses that learn which rows are alike. A shared encoder in a {@link io.millrace.model.Graph}
 * makes the vectors; {@code concatenate} puts them side by side.
 */
public sealed interface Similarity extends Loss {
  /**
   * For distances (one output, not negative) of pairs, target 1 for alike and 0 for not: t·d² + (1
   * − t)·max(margin − d, 0)² (Hadsell et al. 2006).
   *
   * @param margin the distance beyond which unlike rows are far enough
   */
  record Contrastive(@Default("1") double margin) implements Similarity {
    /** Checks the margin. */
    public Contrastive {
      Checks.range("contrastive", margin > 0, margin, "> 0");
    }

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      Tensor alike = BinaryCrossEntropy.numbers(targets);
      Tensor distance = last.apply(scores);
      Tensor near = distance.neg().add(margin).relu();
      return Checks.rows(alike.mul(distance.square()).add(alike.neg().add(1).mul(near.square())));
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      BinaryCrossEntropy.binary("contrastive", output, targets);
    }
  }

  /**
   * For three vectors side by side, an anchor, one alike and one not: max(d(anchor, alike) −
   * d(anchor, other) + margin, 0), as PyTorch's {@code TripletMarginLoss}. Targets are not read.
   *
   * @param margin by how much the other should be farther
   */
  record Triplet(@Default("1") double margin) implements Similarity {
    private static final double SMALL = 1e-6;

    /** Checks the margin. */
    public Triplet {
      Checks.range("triplet", margin > 0, margin, "> 0");
    }

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      List<Tensor> parts = parts(last.apply(scores), 3);
      Tensor near = distance(parts.get(0), parts.get(1));
      Tensor far = distance(parts.get(0), parts.get(2));
      return near.sub(far).add(margin).relu();
    }

    private static Tensor distance(Tensor first, Tensor second) {
      return first.sub(second).add(SMALL).square().sum(-1).sqrt();
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      divisible("triplet", output, 3);
    }
  }

  /**
   * For two vectors side by side, a query and its key: cross entropy of the query finding its own
   * key among all of the batch by cosine (van den Oord et al. 2018; Chen et al. 2020). Targets are
   * not read.
   *
   * @param temperature divides the cosines
   */
  @Key("info-nce")
  record InfoNce(@Default("0.07") double temperature) implements Similarity {
    /** Checks the temperature. */
    public InfoNce {
      Checks.range("info-nce", temperature > 0, temperature, "> 0");
    }

    @Override
    public Tensor each(Tensor scores, Activation last, Tensor targets) {
      List<Tensor> parts = parts(last.apply(scores), 2);
      Tensor cosines = unit(parts.get(0)).matmul(unit(parts.get(1)).transpose(0, 1));
      return Neural.crossEntropies(cosines.div(temperature), Tensors.range(scores.size(0)), 0);
    }

    private static Tensor unit(Tensor vectors) {
      return vectors.div(vectors.square().sum(-1).sqrt().clamp(1e-12, 1e38).unsqueeze(-1));
    }

    @Override
    public void check(Shape output, Activation last, Targets targets) {
      divisible("info-nce", output, 2);
    }
  }

  private static List<Tensor> parts(Tensor rows, int count) {
    long size = rows.size(1) / count;
    return java.util.stream.IntStream.range(0, count)
        .mapToObj(i -> rows.narrow(1, i * size, size))
        .toList();
  }

  private static void divisible(String loss, Shape output, int parts) {
    if (output.rank() != 1 || output.size(0) % parts != 0) {
      throw new TrainException("loss.parts", loss, output, parts);
    }
  }
}
