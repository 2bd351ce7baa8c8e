package io.millrace.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.millrace.ground.message.Language;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The house's rules. */
class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.millrace");

  @Test
  void arrowsPointUpTheChainOnly() {
    String[] rooms = {
      "ground",
      "tensor",
      "data",
      "model",
      "train",
      "evaluate",
      "serve",
      "pipeline",
      "server",
      "benchmarks",
      "cli"
    };
    var layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String room : rooms) {
      layers = layers.layer(room).definedBy("io.millrace." + room + "..");
    }
    for (int i = 0; i < rooms.length; i++) {
      layers =
          layers
              .whereLayer(rooms[i])
              .mayOnlyBeAccessedByLayers(
                  java.util.Arrays.copyOfRange(
                      rooms, Math.min(i + 1, rooms.length - 1), rooms.length));
    }
    layers.check(ALL);
    noClasses()
        .that()
        .resideInAPackage("io.millrace.model..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.millrace.data..")
        .check(ALL);
    noClasses()
        .that()
        .resideInAPackage("io.millrace.server..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.millrace.benchmarks..")
        .check(ALL);
  }

  @Test
  void onlyTheTensorRoomKnowsTheBinding() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.millrace.tensor..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .check(ALL);
  }

  @Test
  void nothingIsSerializedByJavaAndNothingPrintsPastTheConsole() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .check(ALL);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("io.millrace.cli.Console")
        .and()
        .doNotHaveFullyQualifiedName("io.millrace.cli.Main")
        .and()
        .doNotHaveFullyQualifiedName("io.millrace.benchmarks.PerceptronJob")
        .and()
        .resideOutsideOfPackage("io.millrace.benchmarks..")
        .should()
        .accessField(System.class, "out")
        .check(ALL);
    classes()
        .that()
        .haveSimpleNameEndingWith("Exception")
        .should()
        .beAssignableTo(RuntimeException.class)
        .check(ALL);
  }

  /** Clocks are set and jump: in what serves, times are measured, and only told by the day. */
  @Test
  void servingDoesNotGoByTheTimeOfDay() {
    noClasses()
        .that()
        .resideInAnyPackage("io.millrace.serve..", "io.millrace.server..")
        // These tell a caller when something was.
        .and()
        .doNotHaveFullyQualifiedName("io.millrace.serve.LanguageDeployment")
        .and()
        .doNotHaveFullyQualifiedName("io.millrace.server.OpenAiAnswer")
        .and()
        .haveNameNotMatching("io\\.millrace\\.server\\.Traces.*")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.time\\.(Instant|Clock|LocalDateTime|ZonedDateTime)|java\\.util\\.Date")
        .check(ALL);
  }

  @Test
  void everyTextExistsInEveryLanguageWithTheSamePlaceholders() throws Exception {
    int checked = 0;
    Path root = Path.of(System.getProperty("millrace.checkout"));
    try (Stream<Path> files = Files.walk(root)) {
      for (Path english :
          files
              .filter(
                  f -> f.toString().contains("src/main") && f.toString().endsWith("_en.properties"))
              .toList()) {
        Properties en = read(english);
        Properties zh =
            read(Path.of(english.toString().replace("_en.properties", "_zh.properties")));
        assertThat(zh.stringPropertyNames())
            .as(english.toString())
            .isEqualTo(en.stringPropertyNames());
        for (String key : en.stringPropertyNames()) {
          assertThat(placeholders(zh.getProperty(key)))
              .as(english + " " + key)
              .isEqualTo(placeholders(en.getProperty(key)));
          assertThat(zh.getProperty(key)).as(key).isNotBlank();
          // Texts are no patterns of MessageFormat: a doubled quote would be shown doubled.
          assertThat(en.getProperty(key)).as(key).doesNotContain("''");
          assertThat(zh.getProperty(key)).as(key).doesNotContain("''");
        }
        checked++;
      }
    }
    assertThat(checked).isGreaterThanOrEqualTo(11);
    assertThat(Language.values()).hasSize(2);
  }

  @Test
  void noFileIsLongerThanFiveHundredLinesAndEveryPackageSaysWhatItIs() throws Exception {
    Path root = Path.of(System.getProperty("millrace.checkout"));
    Set<Path> folders = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file :
          files
              .filter(
                  f ->
                      f.toString().endsWith(".java")
                          && f.toString().contains("src/main/java/io/millrace"))
              .toList()) {
        assertThat(Files.readAllLines(file).size()).as(file.toString()).isLessThanOrEqualTo(500);
        folders.add(file.getParent());
      }
    }
    for (Path folder : folders) {
      assertThat(folder.resolve("package-info.java")).content().contains("@NullMarked");
    }
  }

  private static Properties read(Path file) throws Exception {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  private static Set<String> placeholders(String text) {
    Set<String> found = new TreeSet<>();
    var matcher = java.util.regex.Pattern.compile("\\{\\d}").matcher(text);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }
}
