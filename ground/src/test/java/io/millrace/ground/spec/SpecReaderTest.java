package io.millrace.ground.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ground.file.FileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecReaderTest {
  @OneOf({Circle.class, Box.class})
  sealed interface Figure {}

  record Circle(double radius) implements Figure {}

  record Box(int width, @Default("2") int height, @Default("thin") Pen pen) implements Figure {}

  enum Pen {
    THIN,
    EXTRA_THICK
  }

  record Names(List<String> names) {}

  record Drawing(
      String title,
      @Default("[]") List<Figure> figures,
      @Nullable Long seed,
      @Default("all") Names layers) {}

  @TempDir private Path folder;

  private static Drawing read(String text, String... settings) {
    return SpecReader.read(text, "drawing.yaml", Drawing.class, List.of(settings));
  }

  @Test
  void readsRecordsUnionsDefaultsAndShortForms() {
    Drawing drawing =
        read(
            """
            title: wheel
            figures:
              - circle: 3
              - { box: 4, pen: extra-thick }
              - { box: { width: 1, height: 9 } }
            layers: [top, bottom]
            """);
    assertThat(drawing.figures())
        .containsExactly(new Circle(3), new Box(4, 2, Pen.EXTRA_THICK), new Box(1, 9, Pen.THIN));
    assertThat(drawing.seed()).isNull();
    assertThat(drawing.layers().names()).containsExactly("top", "bottom");
    assertThat(read("{title: a}").layers().names()).containsExactly("all");
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Drawing drawing =
        new Drawing(
            "a: \"tricky\" title #1",
            List.of(new Circle(0.1), new Box(1, 2, Pen.THIN)),
            7L,
            new Names(List.of("x")));
    assertThat(read(SpecWriter.yaml(drawing))).isEqualTo(drawing);
  }

  @Test
  void settingsReplaceAndAdd() {
    Drawing drawing = read("title: a", "title=b", "seed=5", "layers.names=[q]");
    assertThat(drawing.title()).isEqualTo("b");
    assertThat(drawing.seed()).isEqualTo(5);
    assertThatThrownBy(() -> read("title: a", "title")).hasMessageContaining("--set title");
    assertThatThrownBy(() -> read("title: a", "title.x.y=1")).hasMessageContaining("--set");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "titel: a | line 1: the key \"titel\" is unknown. Did you mean \"title\"",
        "seed: 3 | the key \"title\" is missing",
        "{title: a, seed: three} | seed is \"three\", expected 1, 2, 3",
        "{title: a, figures: [{cirkle: 3}]} | \"cirkle\" is unknown for figures[0]. Did you mean \"circle\"",
        "{title: a, figures: [{box: 1, pen: thick}]} | figures[0].box.pen is \"thick\", expected thin | extra-thick",
        "{title: a, figures: [{circle: 1e999}]} | figures[0].circle.radius is \"1e999\"",
        "{title: a, title: b} | line 1",
        "{title: a | line 1",
        "[1, 2] | expected {title, figures, seed, layers}",
        "{title: a, seed: 99999999999999999999} | seed is",
        "{title: a, figures: [circle]} | the key \"figures[0].circle.radius\" is missing",
        "'' | drawing.yaml",
      })
  void mistakesNameLineKeyValueAndCure(String text, String expected) {
    assertThatThrownBy(() -> read(text.strip()))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(expected.strip());
  }

  @Test
  void linesAreCounted() {
    assertThatThrownBy(() -> read("title: a\nfigures:\n  - circle: 1\n  - circle: x\n"))
        .hasMessageContaining("drawing.yaml, line 4");
  }

  @Test
  void anAliasBombIsRefusedQuickly() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)));
    }
    bomb.append("title: t\nlayers: *a8\n");
    assertThatThrownBy(() -> read(bomb.toString())).isInstanceOf(SpecException.class);
    String expanding = "title: t\nlayers:\n  names: &a [x]\nfigures: &b [*b, *b]\n";
    assertThatThrownBy(() -> read(expanding)).isInstanceOf(SpecException.class);
    assertThatThrownBy(() -> read("[".repeat(20_000))).isInstanceOf(SpecException.class);
  }

  @Test
  void noClassOfSomebodysChoosingIsMade() {
    assertThatThrownBy(() -> read("title: !!javax.script.ScriptEngineManager [a]"))
        .isInstanceOf(SpecException.class);
  }

  @Test
  void noiseNeverThrowsAnythingElse() throws Exception {
    Random random = new Random(42);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      Path file = folder.resolve("noise.yaml");
      Files.write(file, noise);
      assertThatThrownBy(() -> SpecReader.read(file, Drawing.class, List.of()))
          .isInstanceOf(SpecException.class);
    }
    assertThatThrownBy(() -> SpecReader.read(folder.resolve("no.yaml"), Drawing.class, List.of()))
        .isInstanceOf(FileException.class)
        .hasMessageContaining("no such file");
  }
}
