package io.millrace.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.Column;
import io.millrace.data.DataException;
import io.millrace.data.Table;
import io.millrace.ground.file.FileException;
import io.millrace.ground.message.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableFileTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void readsTypesGapsQuotesAndTimes() throws IOException {
    Table table =
        TableFile.read(
            file(
                "a.csv",
                "age,job,when,note\n31,nurse,2024-01-02,\"a, \"\"b\"\"\"\n,NA,2024-01-03,x\n40.5,clerk,,y\n"));
    assertThat(table.names()).containsExactly("age", "job", "when", "note");
    assertThat(table.numbers("age").values()).containsExactly(31, Double.NaN, 40.5);
    assertThat(table.column("job").isMissing(1)).isTrue();
    assertThat(table.column("note").text(0)).isEqualTo("a, \"b\"");
    // 2024-01-02T00:00Z
    assertThat(table.numbers("when").values()[0]).isEqualTo(1704153600.0);
  }

  @Test
  void everyFormatGivesTheSameTable() throws Exception {
    String csv = "x,y\n1,a\n2,b\n";
    Table expected = TableFile.read(file("a.csv", csv));
    Path parquet = folder.resolve("a.parquet");
    try (var database = DriverManager.getConnection("jdbc:duckdb:");
        var statement = database.createStatement()) {
      statement.execute(
          "COPY (SELECT * FROM (VALUES (1.0, 'a'), (2.0, 'b')) t(x, y)) TO '"
              + parquet
              + "' (FORMAT parquet)");
    }
    Path gz = folder.resolve("b.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gz))) {
      out.write(csv.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    for (Path file :
        List.of(
            file("a.tsv", csv.replace(',', '\t')),
            file("semicolon.csv", csv.replace(',', ';')),
            file("bom.csv", "\uFEFF" + csv),
            file("windows.csv", csv.replace("\n", "\r\n")),
            file("a.jsonl", "{\"x\":1,\"y\":\"a\"}\n{\"x\":2,\"y\":\"b\"}\n"),
            gz,
            parquet)) {
      assertThat(TableFile.read(file).hash()).as(file.toString()).isEqualTo(expected.hash());
    }
  }

  @Test
  void columnsCanBeDeclaredText() throws IOException {
    Table table = TableFile.read(file("a.csv", "zip,x\n01234,1\n99999,2\n"), List.of("zip"));
    assertThat(table.column("zip")).isInstanceOf(Column.Texts.class);
    assertThat(table.column("zip").text(0)).isEqualTo("01234");
  }

  @Test
  void aTextAmongNumbersNamesTheRowAndTheCure() throws IOException {
    StringBuilder csv = new StringBuilder("id,age\n");
    for (int i = 1; i <= 30; i++) {
      csv.append(i).append(',').append(i == 17 ? "unknown" : i).append('\n');
    }
    Path file = file("ages.csv", csv.toString());
    assertThatThrownBy(() -> TableFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("\"age\"")
        .hasMessageContaining("row 17 has \"unknown\"")
        .hasMessageContaining("Mend the row");
  }

  @Test
  void brokenFilesNameThePlace() throws IOException {
    assertProblem(file("ragged.csv", "a,b\n1,2\n3\n4,5\n"), "line 3: 1 fields, expected 2");
    assertProblem(file("wide.csv", "a,b\n1,2\n3,4,5\n"), "line 3");
    assertProblem(file("empty.csv", ""), "is empty");
    assertProblem(file("header.csv", "a,b\n"), "no rows");
    assertProblem(file("twice.csv", "a,a\n1,2\n"), "two columns are called \"a\"");
    assertProblem(file("blank.csv", "\n1,2\n"), "first line is empty");
    assertProblem(file("a.xlsx", "x"), "unknown format");
    assertProblem(file("broken.jsonl", "{\"a\":1}\n{\"a\":\n"), "broken.jsonl");
    assertProblem(file("nested.jsonl", "{\"a\":{\"b\":1}}\n{\"a\":{\"b\":2}}\n"), "nested");
    assertProblem(file("fake.parquet", "not parquet at all"), "fake.parquet");
    assertProblem(folder, "is a folder");
    assertThatThrownBy(() -> TableFile.read(folder.resolve("none.csv")))
        .isInstanceOf(FileException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void aWrongColumnNamesTheNearest() throws IOException {
    Table table = TableFile.read(file("a.csv", "income,risk\n1,x\n"));
    assertThatThrownBy(() -> table.column("incom")).hasMessageContaining("Did you mean \"income\"");
    assertThatThrownBy(() -> table.numbers("risk")).hasMessageContaining("row 1 has \"x\"");
  }

  @Test
  void binaryNoiseIsAProblemNeverACrash() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 60; i++) {
      byte[] noise = new byte[1 + random.nextInt(400)];
      random.nextBytes(noise);
      for (String name : List.of("n.csv", "n.jsonl", "n.parquet", "n.tsv", "n.csv.gz")) {
        Path file = Files.write(folder.resolve(name), noise);
        try {
          TableFile.read(file);
        } catch (Problem expected) {
          assertThat(expected.getMessage()).isNotBlank();
        }
      }
    }
  }

  @Test
  void readsRealSetsWhereTheyAre() {
    Path shared = Path.of(System.getProperty("millrace.checkout"), "..", "shared", "data");
    Assumptions.assumeTrue(Files.isDirectory(shared), "needs ../shared/data");
    assertThat(TableFile.read(shared.resolve("telco-churn/Telco-Customer-Churn.csv.gz")).rows())
        .isEqualTo(7043);
    assertThat(TableFile.read(shared.resolve("bike-sharing/hour.csv.gz")).rows()).isEqualTo(17379);
    assertThat(
            TableFile.read(shared.resolve("metro-traffic/Metro_Interstate_Traffic_Volume.csv.gz"))
                .rows())
        .isEqualTo(48204);
  }

  private static void assertProblem(Path file, String part) {
    assertThatThrownBy(() -> TableFile.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(part);
  }
}
