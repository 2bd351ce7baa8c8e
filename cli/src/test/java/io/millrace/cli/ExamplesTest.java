package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.pipeline.language.TuneSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Every example, end to end: its run spec and its Java program. Long ones are cut short here; their
 * full figures are in their README, with the command. Those on shared data skip where it is absent,
 * and have a twin on data that ships.
 */
class ExamplesTest {
  private static final Path CHECKOUT = Path.of(System.getProperty("millrace.checkout"));
  private static final Path SHARED = CHECKOUT.resolve("../shared/data").normalize();

  @TempDir private Path home;

  private JsonNode run(String spec, String... more) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("run", CHECKOUT.resolve("examples").resolve(spec).toString()));
    arguments.add("--json");
    for (String setting : more) {
      arguments.addAll(List.of("--set", setting));
    }
    Command command = Command.run(home, arguments.toArray(new String[0]));
    assertThat(command.exit()).as(command.err()).isZero();
    return command.json();
  }

  private static String program(String file, List<String> jvm, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dmillrace.natives=" + System.getProperty("millrace.natives"));
    command.addAll(jvm);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CHECKOUT.resolve("examples").resolve(file).toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  private static double number(String text, String before) {
    Matcher matcher = Pattern.compile(Pattern.quote(before) + "\\s*(-?[0-9.]+)").matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private static void needs(String data) {
    Assumptions.assumeTrue(Files.isDirectory(SHARED.resolve(data)), "needs ../shared/data/" + data);
  }

  @Test
  void linearRegressionEqualsTheClosedForm() throws Exception {
    Path picture = home.resolve("picture.svg");
    String said = program("linear-regression/LinearRegression.java", List.of(), picture.toString());
    assertThat(number(said, "descent:     intercept")).isCloseTo(2.2, within(1e-3));
    assertThat(number(said, "slope")).isCloseTo(0.6, within(1e-3));
    assertThat(Files.readString(picture)).startsWith("<svg").contains("<circle");
    // The five residuals of y = 2.2 + 0.6·x: −0.8, 0.6, 1, −0.6, −0.2; their squares' mean is 0.48.
    JsonNode result = run("linear-regression/run.yaml");
    assertThat(result.path("metrics").path("mse").doubleValue()).isCloseTo(0.48, within(1e-4));
  }

  @Test
  void theLineSaysTwelveForSix() throws Exception {
    String said = program("line/Line.java", List.of(), home.resolve("line.svg").toString());
    assertThat(number(said, "for 6:")).isCloseTo(12, within(0.05));
    JsonNode result = run("line/run.yaml");
    assertThat(result.path("metrics").path("r2").doubleValue()).isGreaterThan(0.999);
  }

  @Test
  void thePerceptronComesNearTheBestPossible() throws Exception {
    String said = program("perceptron-100/Perceptron100.java", List.of());
    assertThat(number(said, "network")).isGreaterThan(number(said, "best possible") - 0.01);
    JsonNode result = run("perceptron-100/run.yaml", "train.epochs=2");
    assertThat(result.path("metrics").path("accuracy").doubleValue()).isGreaterThan(0.7);
  }

  @Test
  void aLanguageModelOfTheSonnetsThatShipIsServedAsTokens() throws Exception {
    JsonNode result = run("gru-text/sonnets.yaml", "train.epochs=3");
    assertThat(result.path("metrics").path("perplexity").doubleValue()).isBetween(2.0, 30.0);
    String report = Files.readString(Path.of(result.path("report").asString()));
    assertThat(report).contains("A text that the model wrote");
    Path text = Files.writeString(home.resolve("text.txt"), "to be or not to be ".repeat(400));
    assertThat(program("gru-text/GruText.java", List.of("-Depochs=2"), text.toString()))
        .contains("perplexity");
  }

  private Command finetune(String spec, String output, String... settings) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "finetune",
                "--spec",
                CHECKOUT.resolve("examples").resolve(spec).toString(),
                "--output",
                home.resolve(output).toString(),
                "--json"));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    Command command = Command.run(home, arguments.toArray(new String[0]));
    assertThat(command.exit()).as(command.err()).isZero();
    return command;
  }

  /** The language models' twins learn the read-me. */
  @ParameterizedTest
  @ValueSource(strings = {"char-gpt", "tang-poems"})
  void languageModelsLearnAnyText(String example) throws Exception {
    String text = CHECKOUT.resolve("README.md").toString();
    JsonNode result =
        finetune(
                example + "/run.yaml",
                example,
                "data.train=['" + text + "']",
                "data.validation=[]",
                "data.length=32",
                "train.steps=30",
                "train.schedule=constant")
            .json();
    JsonNode epochs = result.path("history").path("epochs");
    double last = epochs.get(epochs.size() - 1).path("values").path("val_loss").asDouble();
    assertThat(last).isPositive().isLessThan(4.5);
    assertThat(home.resolve(example).resolve("model/tokenizer.json")).exists();
  }

  @Test
  void charGptLearnsShakespeare() throws Exception {
    Path file = SHARED.resolve("tiny-shakespeare/input.txt.gz");
    Assumptions.assumeTrue(Files.exists(file), "needs ../shared/data");
    finetune("char-gpt/run.yaml", "shakespeare", "train.steps=20", "train.schedule=constant");
    String said = program("char-gpt/CharGpt.java", List.of("-Dsteps=20"), file.toString());
    assertThat(said).contains("loss ", "The ");
  }

  @Test
  void tangPoemsAreWrittenAndCounted() throws Exception {
    Path file = SHARED.resolve("tang-poems/poet.tang.9000.json.gz");
    Assumptions.assumeTrue(Files.exists(file), "needs ../shared/data");
    finetune("tang-poems/run.yaml", "tang", "train.steps=5", "train.schedule=constant");
    String said =
        program(
            "tang-poems/TangPoems.java",
            List.of("-Dpoems=2"),
            home.resolve("tang/model").toString(),
            file.toString());
    assertThat(said).contains("right form: ", "of 2", "of the poems held back: ");
  }

  @Test
  void languageSpecsAreRead() throws Exception {
    int count = 0;
    try (Stream<Path> files = Files.walk(CHECKOUT.resolve("examples"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).toList()) {
        if (TuneSpec.is(file)) {
          assertThat(TuneSpec.read(file, List.of()).data().train()).as("" + file).isNotEmpty();
          count++;
        }
      }
    }
    assertThat(count).isGreaterThanOrEqualTo(10);
  }

  /** Some steps of each: that they run to the end, not how good they get. */
  @Test
  void encodersTranslatorsAndInstructionsRun() throws Exception {
    needs("banking77");
    String constant = "train.schedule=constant";
    String little = "data.held=0.005";
    finetune("banking77/pretrain.yaml", "encoder", "train.steps=3", constant, little);
    String encoder = "model=" + home.resolve("encoder/model");
    String[] places = {
      home.resolve("encoder/model").toString(), SHARED.resolve("banking77").toString()
    };
    String near = program("banking77/Nearest.java", List.of("-Drows=50"), places);
    assertThat(number(near, "CLS")).as("the first rows are of few intents").isGreaterThan(50);
    finetune(
        "banking77/finetune.yaml",
        "intents",
        encoder,
        "train.steps=3",
        constant,
        "data.test=[]",
        "data.held=0.01");
    finetune(
        "banking77/words.yaml",
        "words",
        "train.steps=3",
        constant,
        "data.test=[]",
        "data.held=0.01");
    finetune(
        "sentiment/en.yaml",
        "english",
        encoder,
        "train.steps=3",
        "data.held=0.01",
        "data.tested=0.01");
    finetune("sentiment/zh-pretrain.yaml", "chinese", "train.steps=3", constant, little);
    finetune(
        "sentiment/zh.yaml",
        "stars",
        "model=" + home.resolve("chinese/model"),
        "train.steps=3",
        "data.held=0.01",
        "data.tested=0.01");
    finetune(
        "translate/run.yaml",
        "translator",
        "train.steps=3",
        constant,
        little,
        "data.tested=0.001",
        "generation.scored=4");
    finetune("wikitext-gpt/run.yaml", "wikitext", "train.steps=3", constant, little);
    Command instructed =
        finetune(
            "wikitext-gpt/instruct.yaml",
            "instructed",
            "model=" + home.resolve("wikitext/model"),
            "train.steps=2",
            "data.validation=[]",
            "data.held=0.02");
    assertThat(instructed.err()).contains("Task: ", "Answer:⟦ ");
  }

  /** The twins of the MNIST examples: the same specs on the digits that ship. */
  @ParameterizedTest
  @CsvSource({
    "mnist-perceptron-sgd/run.yaml, 3, 0.5",
    "mnist-perceptron-sgd/run-98.yaml, 2, 0.8",
    "mnist-softmax/run.yaml, 2, 0.8",
    "mnist-cnn/run.yaml, 1, 0.88"
  })
  void onTheDigitsThatShip(String spec, int epochs, double least) throws Exception {
    JsonNode result = run(spec, "data.source=digits", "train.epochs=" + epochs);
    assertThat(result.path("metrics").path("accuracy").doubleValue()).isGreaterThan(least);
  }

  @ParameterizedTest
  @CsvSource({
    "mnist-perceptron-sgd/MnistPerceptronSgd.java, 0.5",
    "mnist-softmax/MnistSoftmax.java, 0.75",
    "mnist-cnn/MnistCnn.java, 0.88"
  })
  void programsOnTheDigitsThatShip(String file, double least) throws Exception {
    assertThat(number(program(file, List.of("-Depochs=1")), "{accuracy=")).isGreaterThan(least);
  }

  @Test
  void housePricesBeatLinearRegressionByFifteenPercent() throws Exception {
    needs("california-housing");
    double network =
        run("house-prices/run.yaml", "train.epochs=15").path("metrics").path("rmse").doubleValue();
    double linear = run("house-prices/linear.yaml").path("metrics").path("rmse").doubleValue();
    assertThat(network).isLessThan(0.85 * linear);
    String data = SHARED.resolve("california-housing/cal_housing.arff.gz").toString();
    String said = program("house-prices/HousePrices.java", List.of("-Depochs=3"), data);
    assertThat(number(said, "rmse=")).isLessThan(0.68);
  }

  @Test
  void theForecastLearnsFromRealHours() throws Exception {
    needs("bike-sharing");
    JsonNode result = run("cnn-lstm-forecast/run.yaml", "train.epochs=1");
    assertThat(result.path("metrics").path("mae").doubleValue()).isLessThan(110);
    String data = SHARED.resolve("bike-sharing/hour.csv.gz").toString();
    String said = program("cnn-lstm-forecast/CnnLstmForecast.java", List.of("-Depochs=1"), data);
    assertThat(number(said, "network")).isLessThan(110);
    assertThat(number(said, "as yesterday")).isCloseTo(78.8, within(0.1));
  }

  /** The forecast's twin: a made-up day and night, far easier than "as yesterday". */
  @Test
  void theForecastOnAMadeUpSeries() throws Exception {
    StringBuilder csv = new StringBuilder("hour,cnt\n");
    for (int hour = 0; hour < 1500; hour++) {
      double value = 100 + 40 * Math.sin(hour * Math.PI / 12) + 10 * Math.sin(hour * Math.PI / 84);
      csv.append(hour % 24).append(',').append(value).append('\n');
    }
    Files.writeString(home.resolve("series.csv"), csv.toString());
    Path spec = home.resolve("run.yaml");
    Files.writeString(
        spec,
        """
        name: series
        data:
          source: { csv: series.csv }
          target: cnt
          windows: { length: 48, horizon: 6 }
          scale-target: true
          split: { test: 0.2 }
        prepare: [ standardize ]
        model: { layers: [ { conv1d: 8, kernel: 3, padding: causal, activation: relu }, { lstm: 16 }, { dense: 6 } ] }
        train: { optimizer: { adam: 0.01 }, epochs: 4, batch: 32 }
        """);
    JsonNode result = run(spec.toString());
    assertThat(result.path("metrics").path("mae").doubleValue()).isLessThan(15);
    Command predicted =
        Command.run(
            home,
            "predict",
            result.path("package").asString(),
            "--input",
            home.resolve("series.csv").toString(),
            "--json");
    assertThat(predicted.json().get(0).path("cnt+6").doubleValue()).isBetween(40.0, 160.0);
  }

  @Test
  void everyExampleIsWhole() throws Exception {
    try (var folders = Files.list(CHECKOUT.resolve("examples"))) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        String name = folder.getFileName().toString();
        String page = Files.readString(folder.resolve("README.md"));
        Matcher command =
            Pattern.compile("./millrace (run|finetune --spec) examples/" + name + "/([\\w.-]+)")
                .matcher(page);
        assertThat(command.find()).as(name).isTrue();
        do {
          assertThat(folder.resolve(command.group(2))).exists();
        } while (command.find());
      }
    }
  }
}
