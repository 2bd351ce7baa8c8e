package io.millrace.data.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.data.template.Template;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Templates of eight families, expressions and blanks, beside transformers and its Jinja. */
class TemplatePeerTest {
  @Test
  @SuppressWarnings("unchecked")
  void equalsTransformersByteForByte() throws IOException, InterruptedException {
    String python = System.getenv("MILLRACE_TEST_PYTHON");
    assumeTrue(python != null, "needs MILLRACE_TEST_PYTHON: a Python with transformers");
    Process process =
        new ProcessBuilder(
                python,
                Path.of(System.getProperty("basedir", "."), "src/test/python/templates_peer.py")
                    .toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String printed = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).isZero();
    List<String> wrong = new ArrayList<>();
    int count = 0;
    for (String line : printed.split("\n")) {
      JsonNode one = Json.read(line, "case");
      Map<String, Object> names = new HashMap<>();
      one.path("names")
          .properties()
          .forEach(e -> names.put(e.getKey(), Message.value(e.getValue())));
      String got;
      try {
        String template = one.path("template").asString();
        if (one.has("messages")) {
          got =
              ChatTemplate.of(template, Map.of())
                  .render(
                      Message.list(one.path("messages"), "case"),
                      new ChatTemplate.Options(
                          one.path("answer").asBoolean(),
                          (List<Map<String, Object>>) Message.value(one.path("tools")),
                          names));
        } else {
          got = Template.of(template).render(names).text();
        }
      } catch (Problem e) {
        got = one.path("text").isNull() ? null : "refused: " + e.getMessage();
      }
      String expected = one.path("text").isNull() ? null : one.path("text").asString();
      if (!java.util.Objects.equals(got, expected)) {
        wrong.add(
            one.path("name").asString()
                + " "
                + (one.has("messages") ? one.path("messages") : one.path("template"))
                + "\n  expected "
                + Json.text(expected)
                + "\n  but was  "
                + Json.text(got));
      }
      count++;
    }
    assertThat(wrong).as(String.join("\n", wrong)).isEmpty();
    assertThat(count).isGreaterThan(300);
  }
}
