package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.spec.SpecReader;
import io.millrace.pipeline.language.TuneSpec;
import io.millrace.pipeline.spec.RunSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every YAML in the users' pages is a spec, or a part of one, that Millrace reads. */
class DocsTest {
  private static final Path CHECKOUT = Path.of(System.getProperty("millrace.checkout"));
  private static final Pattern BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "en/run-spec.md",
        "zh/run-spec.md",
        "en/layers.md",
        "zh/layers.md",
        "en/training.md",
        "zh/training.md"
      })
  void yamlInThePagesIsRead(String page) throws Exception {
    Matcher matcher = BLOCK.matcher(Files.readString(CHECKOUT.resolve("docs").resolve(page)));
    int blocks = 0;
    while (matcher.find()) {
      String block = matcher.group(1);
      StringBuilder spec = new StringBuilder();
      for (String part :
          List.of("name: page", "data: { source: digits }", "model: { layers: [flatten] }")) {
        String key = part.substring(0, part.indexOf(':') + 1);
        if (!Pattern.compile("^" + key, Pattern.MULTILINE).matcher(block).find()) {
          spec.append(part).append('\n');
        }
      }
      RunSpec read = SpecReader.read(spec + block, page, RunSpec.class, List.of());
      assertThat(read.model().model().outputs()).isNotEmpty();
      blocks++;
    }
    assertThat(blocks).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"en/finetune.md", "zh/finetune.md"})
  void languageSpecsInThePagesAreRead(String page) throws Exception {
    Matcher matcher = BLOCK.matcher(Files.readString(CHECKOUT.resolve("docs").resolve(page)));
    assertThat(matcher.find()).isTrue();
    TuneSpec spec = SpecReader.read(matcher.group(1), page, TuneSpec.class, List.of());
    assertThat(spec.data().length()).isEqualTo(512);
  }
}
