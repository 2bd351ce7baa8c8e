package io.millrace.pipeline;

import io.millrace.data.Targets;
import io.millrace.data.prepare.Preparation;
import io.millrace.evaluate.Evaluation;
import io.millrace.evaluate.report.ModelCard;
import io.millrace.ground.json.Json;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.Manifest;
import io.millrace.model.Model;
import io.millrace.model.ModelPackage;
import io.millrace.model.Provenance;
import io.millrace.model.Signature;
import io.millrace.pipeline.spec.RunSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the papers that travel with a model: manifest, signature, provenance, card. */
final class Papers {
  private Papers() {}

  static Provenance provenance(
      RunSpec spec, String id, Map<String, String> data, Evaluation evaluation) {
    Map<String, Long> seeds = new LinkedHashMap<>();
    seeds.put("training", spec.seed());
    seeds.put("split", spec.data().split().seed());
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("run", id);
    parameters.put("spec", SpecWriter.tree(spec));
    return Origin.of(data, seeds, parameters, evaluation.metrics());
  }

  static ModelPackage model(
      RunSpec spec,
      Model network,
      Loaded.Prepared prepared,
      Evaluation evaluation,
      Provenance provenance) {
    Targets targets = prepared.train().targets();
    Manifest.Task task =
        targets instanceof Targets.Numbers
            ? Manifest.Task.REGRESSION
            : Manifest.Task.CLASSIFICATION;
    Manifest manifest =
        new Manifest(spec.name(), task, prepared.train().inputs().shape().sizes(), network);
    Signature signature = new Signature(inputs(prepared.preparation()), List.of(output(targets)));
    String card =
        ModelCard.markdown(
            spec.name(), task.name().toLowerCase(java.util.Locale.ROOT), evaluation, provenance);
    return new ModelPackage(
        manifest, signature, provenance, Json.pretty(prepared.preparation()), card);
  }

  private static List<Signature.Port> inputs(Preparation preparation) {
    List<Signature.Port> ports = new ArrayList<>();
    switch (preparation) {
      case Preparation.OfArray array -> {
        long[] shape = new long[array.shape().length + 1];
        shape[0] = -1;
        System.arraycopy(array.shape(), 0, shape, 1, array.shape().length);
        ports.add(new Signature.Port("image", "FP32", shape, array.unit(), null));
      }
      case Preparation.OfSeries series -> {
        long[] shape = series.shape().withRows(1).sizes();
        shape[0] = -1;
        String columns =
            String.join(", ", series.steps().fields().stream().map(f -> f.name()).toList());
        ports.add(new Signature.Port("series", "FP32", shape, columns, null));
      }
      case Preparation.OfTokens tokens ->
          ports.add(
              new Signature.Port("tokens", "FP32", new long[] {-1, tokens.length()}, "ids", null));
      case Preparation.OfTable table -> {
        for (Preparation.Field field : table.fields()) {
          String datatype = field.number() ? "FP64" : "BYTES";
          ports.add(new Signature.Port(field.name(), datatype, new long[] {-1}, null, null));
        }
      }
    }
    return ports;
  }

  private static Signature.Port output(Targets targets) {
    return switch (targets) {
      case Targets.Classes(int[] labels, List<String> classes) ->
          new Signature.Port(
              "probabilities", "FP32", new long[] {-1, classes.size()}, "probability", classes);
      case Targets.Steps(int[] labels, int length, List<String> classes) ->
          new Signature.Port(
              "probabilities",
              "FP32",
              new long[] {-1, length, classes.size()},
              "probability",
              classes);
      case Targets.Numbers(var values, List<String> names) ->
          new Signature.Port(
              "prediction", "FP32", new long[] {-1, names.size()}, String.join(", ", names), null);
    };
  }
}
