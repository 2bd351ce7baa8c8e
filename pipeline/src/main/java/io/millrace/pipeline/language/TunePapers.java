package io.millrace.pipeline.language;

import io.millrace.evaluate.report.ModelCard;
import io.millrace.ground.file.Hashes;
import io.millrace.ground.spec.SpecWriter;
import io.millrace.model.Provenance;
import io.millrace.model.folder.LanguagePackage;
import io.millrace.pipeline.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the papers of a trained language model or adapter. */
final class TunePapers {
  private TunePapers() {}

  /**
   * Writes them beside the weights.
   *
   * @param place where the spec's paths begin
   * @param name of the training
   * @param folder the model's or adapter's
   * @param figures what was measured
   */
  static void write(
      TuneSpec spec, Path place, String name, Path folder, Map<String, Double> figures) {
    Map<String, String> data = new LinkedHashMap<>();
    hash(data, "train", spec.data().train(), place);
    hash(data, "validation", spec.data().validation(), place);
    hash(data, "test", spec.data().test(), place);
    Map<String, Object> parameters = Map.of("spec", SpecWriter.tree(spec));
    Map<String, Long> seeds = Map.of("training", spec.seed());
    Provenance provenance = Origin.of(data, seeds, parameters, figures);
    String task = spec.task().name().toLowerCase(Locale.ROOT);
    String base =
        spec.fresh() ? null : String.valueOf(place.resolve(spec.model()).normalize().getFileName());
    LanguagePackage.Kind kind =
        spec.adapts() ? LanguagePackage.Kind.ADAPTER : LanguagePackage.Kind.LANGUAGE;
    String card = ModelCard.markdown(name, task, figures, provenance);
    new LanguagePackage(new LanguagePackage.Manifest(1, name, kind, task, base), provenance, card)
        .write(folder);
  }

  /** Pictures lie in folders, whose many files are not hashed. */
  private static void hash(Map<String, String> data, String part, List<String> files, Path place) {
    for (String file : files) {
      Path path = place.resolve(file);
      if (Files.isRegularFile(path)) {
        String key = files.size() == 1 ? part : part + " " + path.getFileName();
        data.put(key, Hashes.of(path));
      }
    }
  }
}
