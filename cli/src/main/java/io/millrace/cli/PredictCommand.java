package io.millrace.cli;

import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.data.source.Idx;
import io.millrace.data.source.TableFile;
import io.millrace.ground.file.AtomicFile;
import io.millrace.ground.json.Json;
import io.millrace.model.Signature;
import io.millrace.serve.Predictor;
import io.millrace.serve.Values;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rows in, predictions out: one JSON object a row. */
@Command(name = "predict", resourceBundle = "io.millrace.cli.help")
final class PredictCommand implements Callable<Integer> {
  @Mixin private Options options = new Options();

  @Parameters(paramLabel = "PACKAGE", descriptionKey = "predict.package")
  private @Nullable Path folder;

  @Option(names = "--input", paramLabel = "FILE", required = true, descriptionKey = "predict.input")
  private @Nullable Path input;

  @Option(names = "--output", paramLabel = "FILE", descriptionKey = "predict.output")
  private @Nullable Path output;

  @Option(names = "--text", paramLabel = "COLUMN", descriptionKey = "predict.text")
  private String text = "text";

  @Option(names = "--pair", paramLabel = "COLUMN", descriptionKey = "predict.pair")
  private @Nullable String pair;

  @Override
  public Integer call() {
    options.home();
    Path source = Objects.requireNonNull(input);
    Path model = Objects.requireNonNull(folder);
    if (FolderPredictions.is(model)) {
      written(FolderPredictions.lines(model, source, text, pair));
      return 0;
    }
    try (Predictor predictor = Predictor.open(Objects.requireNonNull(folder))) {
      Rows rows = rows(predictor, source);
      List<String> lines = lines(predictor.answer(predictor.outputs(rows)), predictor.signature());
      written(lines);
      return 0;
    }
  }

  private void written(List<String> lines) {
    if (output != null) {
      AtomicFile.write(
          output,
          out -> {
            for (String line : lines) {
              out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
          });
      Console.info(Text.of("predict.written", lines.size(), output));
    } else {
      // One document for machines that ask for one, else a row a line.
      Console.result(options.json ? "[" + String.join(",", lines) + "]" : String.join("\n", lines));
    }
  }

  private static Rows rows(Predictor predictor, Path source) {
    String name = source.getFileName().toString();
    if (name.contains("idx") || name.endsWith("ubyte") || name.endsWith("ubyte.gz")) {
      Idx.Content content = Idx.content(source);
      float[] numbers = new float[content.values().length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = content.values()[i] & 0xff;
      }
      String port = predictor.signature().inputs().getFirst().name();
      return predictor.prepare(List.of(Values.of(port, numbers, content.shape().sizes())));
    }
    List<String> text =
        predictor.signature().inputs().stream()
            .filter(port -> port.datatype().equals("BYTES"))
            .map(Signature.Port::name)
            .toList();
    Table table = TableFile.read(source, text);
    return predictor.prepare(table);
  }

  private static List<String> lines(List<Values> answer, Signature signature) {
    Values first = answer.getFirst();
    float[] numbers = ((Values.Floats) first.data()).values();
    int width = (int) first.shape()[1];
    List<String> classes = signature.outputs().getFirst().classes();
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < first.rows(); row++) {
      Map<String, Object> line = new LinkedHashMap<>();
      if (classes != null) {
        line.put("class", ((Values.Texts) answer.get(1).data()).values()[row]);
        Map<String, Float> probabilities = new LinkedHashMap<>();
        for (int c = 0; c < width; c++) {
          probabilities.put(classes.get(c), numbers[row * width + c]);
        }
        line.put("probabilities", probabilities);
      } else {
        String[] names =
            Objects.requireNonNullElse(signature.outputs().getFirst().unit(), "prediction")
                .split(", ");
        for (int c = 0; c < width; c++) {
          line.put(names[c], numbers[row * width + c]);
        }
      }
      lines.add(Json.text(line));
    }
    return lines;
  }
}
