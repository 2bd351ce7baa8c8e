package io.millrace.pipeline;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Dataset;
import io.millrace.data.Folds;
import io.millrace.data.Parts;
import io.millrace.data.Rows;
import io.millrace.data.Splits;
import io.millrace.data.Table;
import io.millrace.data.Targets;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Transform;
import io.millrace.data.source.Digits;
import io.millrace.data.source.Gaussians;
import io.millrace.data.source.Idx;
import io.millrace.data.source.PictureFolder;
import io.millrace.data.source.Stored;
import io.millrace.data.source.TableFile;
import io.millrace.ground.file.Hashes;
import io.millrace.model.Manifest;
import io.millrace.pipeline.spec.DataSpec;
import io.millrace.pipeline.spec.FoldSpec;
import io.millrace.pipeline.spec.RunSpec;
import io.millrace.pipeline.spec.SourceSpec;
import io.millrace.pipeline.spec.SplitSpec;
import io.millrace.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The data of a run, split into what is learned from and what is held out. */
sealed interface Loaded permits Loaded.OfArrays, Loaded.OfTable, LoadedSeries, LoadedText {
  /** The hash of what was read, by part: train and test. */
  Map<String, String> hashes();

  /** Fits the preparation on the training part and applies it to both. */
  Prepared prepare(List<Transform> transforms);

  /**
   * Both parts, ready.
   *
   * @param preparation what made them ready
   */
  record Prepared(Preparation preparation, Dataset train, Dataset test) {}

  /**
   * The training part again and again, each time with another fold in the test part's place.
   *
   * @throws PipelineException if this kind of data knows no such folds
   */
  default List<Prepared> folds(FoldSpec folds, List<Transform> transforms) {
    throw new PipelineException("folds.source", folds.by());
  }

  /** The end of a series or text that is held out, as its first place. */
  static int cut(int count, SplitSpec split) {
    return Splits.last(count, split.test()).test()[0];
  }

  /** Reads what the spec names; {@code base} is the folder of the spec. */
  static Loaded read(RunSpec spec, Path base) {
    DataSpec data = spec.data();
    return switch (data.source()) {
      case SourceSpec.Tabular file ->
          data.windows() == null
              ? OfTable.of(TableFile.read(base.resolve(file.file()), data.text()), data)
              : LoadedSeries.of(TableFile.read(base.resolve(file.file()), data.text()), data);
      case SourceSpec.Text text -> LoadedText.of(text, base, data);
      case SourceSpec.Digits digits ->
          new OfArrays(Digits.training(), Digits.heldOut(), "grey, 0 paper to 255 ink");
      case SourceSpec.Gaussians made -> {
        Gaussians source =
            new Gaussians(made.classes(), made.features(), made.distance(), made.seed());
        yield new OfArrays(source.rows(made.rows(), 0), source.rows(made.test(), 1), "made up");
      }
      // Mapped until the process ends: rows are read while training runs.
      case SourceSpec.Stored stored ->
          split(Stored.open(base.resolve(stored.file())).dataset(), data.split(), "stored");
      case SourceSpec.Idx idx -> arrays(idx, base, data.split());
      case SourceSpec.Pictures pictures -> {
        PictureFolder.Channels channels =
            pictures.colour() ? PictureFolder.Channels.COLOUR : PictureFolder.Channels.GREY;
        Dataset all =
            PictureFolder.read(
                base.resolve(pictures.folder()), pictures.height(), pictures.width(), channels);
        yield split(all, data.split(), "0 to 255");
      }
    };
  }

  private static Loaded arrays(SourceSpec.Idx idx, Path base, SplitSpec split) {
    Dataset train = Idx.read(base.resolve(idx.images()), base.resolve(idx.labels()));
    if (idx.testImages() != null && idx.testLabels() != null) {
      Dataset test = Idx.read(base.resolve(idx.testImages()), base.resolve(idx.testLabels()));
      return new OfArrays(train, test, "0 to 255");
    }
    return split(train, split, "0 to 255");
  }

  private static Loaded split(Dataset all, SplitSpec split, String unit) {
    Parts parts =
        all.targets() instanceof Targets.Classes classes
            ? Splits.stratified(names(classes), split.test(), split.seed())
            : Splits.random(all.count(), split.test(), split.seed());
    return new OfArrays(all.part(parts, Parts.Side.TRAIN), all.part(parts, Parts.Side.TEST), unit);
  }

  /** The class of each row by its name. */
  static List<String> names(Targets.Classes targets) {
    List<String> names = new ArrayList<>();
    for (int label : targets.labels()) {
      names.add(targets.classes().get(label));
    }
    return names;
  }

  /** Pictures and other arrays. */
  record OfArrays(Dataset train, Dataset test, String unit) implements Loaded {
    @Override
    public Map<String, String> hashes() {
      return Map.of("train", train.hash(), "test", test.hash());
    }

    @Override
    public Prepared prepare(List<Transform> transforms) {
      double scale = 1;
      double shift = 0;
      for (Transform transform : transforms) {
        if (!(transform instanceof Transform.Rescale rescale)) {
          throw new DataException("rescale.only", transform.getClass().getSimpleName());
        }
        scale /= rescale.divideBy();
        shift = shift / rescale.divideBy() + rescale.add();
      }
      Preparation.OfArray preparation =
          Preparation.array(train.inputs().shape().sizes(), (float) scale, (float) shift, unit);
      return new Prepared(preparation, apply(preparation, train), apply(preparation, test));
    }

    @Override
    public List<Prepared> folds(FoldSpec folds, List<Transform> transforms) {
      List<Prepared> all = new ArrayList<>();
      for (Parts parts : parts(folds)) {
        Dataset learned = train.part(parts, Parts.Side.TRAIN);
        Dataset held = train.part(parts, Parts.Side.TEST);
        all.add(new OfArrays(learned, held, unit).prepare(transforms));
      }
      return all;
    }

    private List<Parts> parts(FoldSpec folds) {
      Targets.Classes classes = (Targets.Classes) train.targets();
      return switch (folds.by()) {
        case RANDOM -> Folds.random(train.count(), folds.folds(), folds.seed());
        case STRATIFIED -> Folds.stratified(names(classes), folds.folds(), folds.seed());
        case GROUP, TIME -> throw new PipelineException("folds.source", folds.by());
      };
    }

    private static Dataset apply(Preparation.OfArray preparation, Dataset raw) {
      return new Dataset(raw.name(), preparation.apply(raw.inputs()), raw.targets());
    }
  }

  /**
   * Rows with named columns.
   *
   * @param learned the training rows with all their columns, for folds
   * @param weights how much each training row counts; absent: all the same
   */
  record OfTable(
      Table train,
      Table test,
      Targets trainTargets,
      Targets testTargets,
      Table learned,
      float @Nullable [] weights)
      implements Loaded {
    static OfTable of(Table all, DataSpec spec) {
      String target = spec.target();
      if (target == null) {
        throw new DataException("target.none");
      }
      Column column = all.column(target);
      for (int row = 0; row < all.rows(); row++) {
        if (column.isMissing(row)) {
          throw new DataException("label.missing", all.source(), row + 1, target);
        }
      }
      boolean classes =
          spec.task() == Manifest.Task.CLASSIFICATION
              || (spec.task() == null && column instanceof Column.Texts);
      Targets targets = classes ? classes(all, column) : numbers(all, target);
      Parts parts = split(all, column, spec.split());
      Table inputs = all.without(target);
      float[] weights = null;
      if (spec.weight() != null) {
        weights = floats(all.numbers(spec.weight()).values());
        inputs = inputs.without(spec.weight());
      }
      for (String dropped : spec.drop()) {
        inputs = inputs.without(dropped);
      }
      return new OfTable(
          inputs.select(parts.train()),
          inputs.select(parts.test()),
          targets.select(parts.train()),
          targets.select(parts.test()),
          all.select(parts.train()),
          weights == null ? null : selected(weights, parts.train()));
    }

    private static float[] floats(double[] values) {
      float[] floats = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        floats[i] = (float) values[i];
      }
      return floats;
    }

    private static float[] selected(float[] values, int[] rows) {
      float[] chosen = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        chosen[i] = values[rows[i]];
      }
      return chosen;
    }

    private static Targets classes(Table table, Column column) {
      TreeSet<String> names = new TreeSet<>();
      for (int row = 0; row < table.rows(); row++) {
        names.add(Objects.requireNonNull(column.text(row)));
      }
      if (names.size() < 2) {
        throw new DataException("label.one", table.source(), column.name(), names.first());
      }
      List<String> classes = List.copyOf(names);
      int[] labels = new int[table.rows()];
      for (int row = 0; row < labels.length; row++) {
        labels[row] = classes.indexOf(column.text(row));
      }
      return new Targets.Classes(labels, classes);
    }

    private static Targets numbers(Table table, String target) {
      float[] floats = floats(table.numbers(target).values());
      return new Targets.Numbers(Rows.of(floats, Shape.of(1)), List.of(target));
    }

    private static Parts split(Table table, Column target, SplitSpec split) {
      if (split.test() == 0) {
        // Nothing held out: the figures are those of the rows that were learned.
        int[] all = java.util.stream.IntStream.range(0, target.rows()).toArray();
        return new Parts(all, all);
      }
      if (split.time() != null) {
        return Splits.byTime(table.numbers(split.time()).values(), split.test());
      }
      if (split.group() != null) {
        return Splits.grouped(texts(table.column(split.group())), split.test(), split.seed());
      }
      if (split.stratify() != null) {
        return Splits.stratified(texts(table.column(split.stratify())), split.test(), split.seed());
      }
      return Splits.random(target.rows(), split.test(), split.seed());
    }

    private static List<String> texts(Column column) {
      List<String> texts = new ArrayList<>();
      for (int row = 0; row < column.rows(); row++) {
        @Nullable String text = column.text(row);
        texts.add(text == null ? "" : text);
      }
      return texts;
    }

    @Override
    public Map<String, String> hashes() {
      return Map.of("train", hash(train, trainTargets), "test", hash(test, testTargets));
    }

    private static String hash(Table inputs, Targets targets) {
      return Hashes.of(
          inputs.hash() + new Dataset("targets", zeros(targets.count()), targets).hash());
    }

    private static Rows zeros(int count) {
      return Rows.of(new float[count], Shape.of(1));
    }

    @Override
    public List<Prepared> folds(FoldSpec folds, List<Transform> transforms) {
      List<Prepared> all = new ArrayList<>();
      for (Parts parts : parts(folds)) {
        all.add(
            new OfTable(
                    train.select(parts.train()),
                    train.select(parts.test()),
                    trainTargets.select(parts.train()),
                    trainTargets.select(parts.test()),
                    learned,
                    weights == null ? null : selected(weights, parts.train()))
                .prepare(transforms));
      }
      return all;
    }

    private List<Parts> parts(FoldSpec folds) {
      String column = folds.column();
      return switch (folds.by()) {
        case RANDOM -> Folds.random(train.rows(), folds.folds(), folds.seed());
        case STRATIFIED -> {
          if (column == null && !(trainTargets instanceof Targets.Classes)) {
            throw new PipelineException("folds.column", folds.by());
          }
          yield Folds.stratified(
              column == null
                  ? names((Targets.Classes) trainTargets)
                  : texts(learned.column(column)),
              folds.folds(),
              folds.seed());
        }
        case GROUP -> Folds.grouped(texts(learned.column(required(folds))), folds.folds());
        case TIME -> Folds.byTime(learned.numbers(required(folds)).values(), folds.folds());
      };
    }

    private static String required(FoldSpec folds) {
      String column = folds.column();
      if (column == null) {
        throw new PipelineException("folds.column", folds.by());
      }
      return column;
    }

    @Override
    public Prepared prepare(List<Transform> transforms) {
      Preparation.OfTable preparation = Preparation.fit(train, transforms);
      return new Prepared(
          preparation,
          new Dataset(
              train.source(),
              Map.of("input", preparation.apply(train)),
              Map.of("output", trainTargets),
              weights),
          new Dataset(test.source(), preparation.apply(test), testTargets));
    }
  }
}
