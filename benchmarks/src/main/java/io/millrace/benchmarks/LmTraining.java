package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import io.millrace.ground.file.FileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Training of language models here and in PyTorch, sides in turn: tokens a second of two shapes,
 * the most memory of a long sample with a large vocabulary, short samples packed and padded.
 */
final class LmTraining {
  private static final String MEMORY = "long-sample";
  private static final String SHORT = "short-samples";
  private static final String INSTRUCTIONS = "instructions";
  private static final String STEPS = "steps";

  private LmTraining() {}

  static Table run(Setting setting) {
    Path python = MnistPerceptron.python(setting.python());
    List<List<String>> rows = new ArrayList<>();
    for (String work : List.of("gpt-4x128", "gpt-6x384-bf16")) {
      Map<String, Side> peers = new LinkedHashMap<>();
      for (String kind : List.of("eager", "compile", "transformers")) {
        peers.put(kind, Side.python(kind, python, "lm_training_torch.py", work, kind));
      }
      rows.addAll(compare(work, peers, "rate", setting));
    }
    rows.addAll(
        compare(
            MEMORY,
            Map.of(
                "transformers",
                Side.python(
                    "transformers", python, "lm_training_torch.py", MEMORY, "transformers")),
            "megabytes",
            setting));
    for (String work : List.of(SHORT, INSTRUCTIONS)) {
      rows.addAll(
          compare(
              work,
              Map.of(
                  "Millrace, padded",
                  Side.java("Millrace, padded", LmTrainingJob.class, work, "padded"),
                  "transformers, padded",
                  Side.python(
                      "transformers", python, "lm_training_torch.py", work, "transformers")),
              "rate",
              setting));
    }
    wikitext(python, setting, rows);
    double growth =
        Side.java("Millrace", LmTrainingJob.class, STEPS, "").run().path("growth").doubleValue();
    rows.add(
        List.of(
            "10,000 steps, MB more than after 2,000", "-", Benchmark.number(growth, 1), "", ""));
    return new Table(
        "lm-training", List.of("work", "peer", "Millrace", "peer's", "Millrace / peer"), rows);
  }

  /** The same small GPT-2 on the same rows of WikiText-2. */
  private static void wikitext(Path python, Setting setting, List<List<String>> rows) {
    Path given = setting.data();
    Path data = given == null ? Path.of("../shared/data") : given;
    Path text = data.resolve("wikitext-2").resolve("wiki.valid.tokens.gz");
    if (!Files.exists(text)) {
      setting.told().accept("no " + text + ": without WikiText-2");
      return;
    }
    try {
      Path folder = Files.createTempDirectory("millrace-bench");
      double ours =
          Side.java("Millrace", WikitextJob.class, folder.toString(), text.toString())
              .run()
              .path("perplexity")
              .doubleValue();
      double theirs =
          Side.python("transformers", python, "lm_training_torch.py", "wikitext", folder.toString())
              .run()
              .path("perplexity")
              .doubleValue();
      rows.add(
          List.of(
              "wikitext-2, perplexity",
              "transformers",
              Benchmark.number(ours, 2),
              Benchmark.number(theirs, 2),
              Benchmark.number(ours / theirs, 4)));
    } catch (IOException e) {
      throw FileException.writing(Path.of(System.getProperty("java.io.tmpdir")), e);
    }
  }

  private static List<List<String>> compare(
      String work, Map<String, Side> peers, String value, Setting setting) {
    Side ours = Side.java("Millrace", LmTrainingJob.class, work, "packed");
    int rounds = setting.rounds();
    double[] mine = new double[rounds];
    Map<String, double[]> theirs = new LinkedHashMap<>();
    peers.keySet().forEach(peer -> theirs.put(peer, new double[rounds]));
    for (int round = 0; round < rounds; round++) {
      mine[round] = ours.run().path(value).doubleValue();
      StringBuilder line = new StringBuilder();
      line.append("%d/%d  %-16s %9.0f".formatted(round + 1, rounds, work, mine[round]));
      for (Map.Entry<String, Side> peer : peers.entrySet()) {
        JsonNode measured = peer.getValue().run();
        double other = measured.path(value).doubleValue();
        java.util.Objects.requireNonNull(theirs.get(peer.getKey()))[round] = other;
        line.append("  %s %.0f".formatted(peer.getKey(), other));
      }
      setting.told().accept(line.toString());
    }
    List<List<String>> rows = new ArrayList<>();
    theirs.forEach(
        (peer, values) -> {
          double[] ratios = new double[rounds];
          for (int i = 0; i < rounds; i++) {
            ratios[i] = mine[i] / values[i];
          }
          rows.add(
              List.of(
                  work + (value.equals("rate") ? ", tokens/s" : ", MB"),
                  peer,
                  Benchmark.number(LmInference.median(mine), 0),
                  Benchmark.number(LmInference.median(values), 0),
                  Benchmark.number(LmInference.median(ratios), 2)));
        });
    return rows;
  }
}
