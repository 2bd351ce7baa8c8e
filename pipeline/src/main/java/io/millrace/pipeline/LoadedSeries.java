package io.millrace.pipeline;

import io.millrace.data.Dataset;
import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.data.prepare.Preparation;
import io.millrace.data.prepare.Transform;
import io.millrace.data.series.Windows;
import io.millrace.ground.file.Hashes;
import io.millrace.pipeline.spec.DataSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A series cut into windows. The last steps are held out; transforms are fitted on those before.
 *
 * @param steps all steps, in time
 * @param target the column to say, also among the inputs
 * @param cut the first step that is held out
 */
record LoadedSeries(Table steps, String target, Windows windows, int cut) implements Loaded {
  static LoadedSeries of(Table all, DataSpec spec) {
    String target = spec.target();
    if (target == null) {
      throw new PipelineException("series.target");
    }
    DataSpec.WindowSpec window = Objects.requireNonNull(spec.windows());
    Table inputs = all;
    for (String dropped : spec.drop()) {
      inputs = inputs.without(dropped);
    }
    inputs.numbers(target);
    Windows windows = new Windows(window.length(), window.horizon(), window.stride());
    return new LoadedSeries(inputs, target, windows, Loaded.cut(all.rows(), spec.split()));
  }

  @Override
  public Map<String, String> hashes() {
    return Map.of("series", Hashes.of(steps.hash() + target + windows + cut));
  }

  @Override
  public Prepared prepare(List<Transform> transforms) {
    Table before = steps.select(IntStream.range(0, cut).toArray());
    Preparation.OfTable fitted = Preparation.fit(before, transforms);
    Rows prepared = fitted.apply(steps);
    int features = (int) prepared.shape().elements();
    float[] series = new float[prepared.count() * features];
    float[] targets = new float[prepared.count()];
    double[] raw = steps.numbers(target).values();
    for (int step = 0; step < targets.length; step++) {
      prepared.copy(step, series, step * features);
      targets[step] = (float) raw[step];
    }
    Dataset train = windows.dataset(steps.source(), series, features, targets, target, 0, cut);
    Dataset test =
        windows.dataset(steps.source(), series, features, targets, target, cut, targets.length);
    return new Prepared(new Preparation.OfSeries(fitted, windows.length()), train, test);
  }
}
