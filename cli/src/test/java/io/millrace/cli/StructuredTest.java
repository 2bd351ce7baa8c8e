package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ground.json.Json;
import io.millrace.server.MillraceServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Answers of a given form and calls of functions, over HTTP. */
class StructuredTest {
  private static final Path MODEL = Chats.MODEL;

  /** As Qwen's: tools as JSON in the system's message, calls between tags. */
  private static final String TEMPLATE =
      """
      {%- if tools %}{{- '<|im_start|>system\\n' }}{%- for tool in tools %}{{- tool.function.name }}
      {%- endfor %}{{- '<tool_call></tool_call><|im_end|>\\n' }}{%- endif %}
      {%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content }}
      {%- for call in message.tool_calls or [] %}{{- call.function.arguments | tojson }}{%- endfor %}
      {{- '<|im_end|>\\n' }}{%- endfor %}
      {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
      """;

  private static final String TOOLS =
      """
      "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object",
        "properties": {"city": {"enum": ["北京", "Oslo"]}, "days": {"type": "integer", "minimum": 1,
        "maximum": 7}}, "required": ["city", "days"]}}},
        {"type": "function", "function": {"name": "now"}}]
      """;

  private static MillraceServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    try (Stream<Path> files = Files.list(MODEL)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
    server = MillraceServer.start("127.0.0.1", 0, Map.of("caller", folder, "qwen", MODEL));
    server.awaitReady(Duration.ofSeconds(60));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static HttpResponse<String> post(String path, String body) throws Exception {
    return Chats.post(server.url(), path, body);
  }

  private static String chat(String more) {
    return """
        {"model": "caller", "max_tokens": 120, "temperature": 1.2, "seed": 3, %s,
         "messages": [{"role": "user", "content": "weather?"}]}
        """
        .formatted(more);
  }

  private static JsonNode message(String more) throws Exception {
    HttpResponse<String> answer = post("v1/chat/completions", chat(more));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.read(answer.body(), "answer").path("choices").get(0);
  }

  private static JsonNode read(String text) {
    return Json.read(text, "content");
  }

  @Test
  void aSchemaBindsTheAnswer() throws Exception {
    JsonNode choice =
        message(
            """
            "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema":
              {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0,
               "maximum": 120}, "city": {"enum": ["北京", "Oslo"]}}, "required": ["age", "city"],
               "additionalProperties": false}}}
            """);
    JsonNode answer = read(choice.path("message").path("content").asString());
    assertThat(answer.path("age").asInt()).isBetween(0, 120);
    assertThat(answer.path("city").asString()).isIn("北京", "Oslo");
    JsonNode any = message("\"response_format\": {\"type\": \"json_object\"}");
    assertThat(read(any.path("message").path("content").asString()).isObject()).isTrue();
  }

  @Test
  void expressionsAndChoicesBindTheAnswer() throws Exception {
    String plate =
        message("\"guided_regex\": \"[A-Z]{2}\\\\d{3}\"")
            .path("message")
            .path("content")
            .asString();
    assertThat(plate).matches("[A-Z]{2}\\d{3}");
    JsonNode choice = message("\"structured_outputs\": {\"choice\": [\"是\", \"否\"]}");
    assertThat(choice.path("message").path("content").asString()).isIn("是", "否");
  }

  @Test
  void aToolThatIsAskedForIsCalledByItsSchema() throws Exception {
    JsonNode choice =
        message(
            TOOLS
                + ", \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\":"
                + " \"weather\"}}");
    assertThat(choice.path("finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(choice.path("message").path("content").isNull()).isTrue();
    JsonNode call = choice.path("message").path("tool_calls").get(0);
    assertThat(call.path("id").asString()).startsWith("call_");
    assertThat(call.path("function").path("name").asString()).isEqualTo("weather");
    JsonNode values = read(call.path("function").path("arguments").asString());
    assertThat(values.path("city").asString()).isIn("北京", "Oslo");
    assertThat(values.path("days").asInt()).isBetween(1, 7);
    JsonNode any = message(TOOLS + ", \"tool_choice\": \"required\"");
    assertThat(any.path("message").path("tool_calls").size()).isEqualTo(1);
    JsonNode none = message(TOOLS + ", \"tool_choice\": \"none\"");
    assertThat(none.path("message").has("tool_calls")).isFalse();
  }

  @Test
  void streamedCallsAreWhole() throws Exception {
    String body = chat(TOOLS + ", \"tool_choice\": \"required\", \"stream\": true");
    String events = post("v1/chat/completions", body).body();
    assertThat(events).contains("\"tool_calls\":[{\"index\":0", "\"finish_reason\":\"tool_calls\"");
  }

  /** The conversation goes on with the call and what it gave. */
  @Test
  void formerCallsAreRead() throws Exception {
    String body =
        """
        {"model": "caller", "max_tokens": 3, %s, "messages": [
          {"role": "user", "content": "weather?"},
          {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
            "function": {"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}}]},
          {"role": "tool", "tool_call_id": "call_1", "content": "rain"}]}
        """
            .formatted(TOOLS);
    assertThat(post("v1/chat/completions", body).statusCode()).isEqualTo(200);
    String broken = body.replace("{\\\"city\\\": \\\"Oslo\\\"}", "city");
    HttpResponse<String> refused = post("v1/chat/completions", broken);
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("messages[1].tool_calls.arguments");
  }

  @Test
  void responsesHaveItems() throws Exception {
    String body =
        """
        {"model": "caller", "instructions": "Be brief.", "input": "weather?",
         "max_output_tokens": 12, "temperature": 0, "ignore_eos": true%s}
        """;
    JsonNode whole = read(post("v1/responses", body.formatted("")).body());
    assertThat(whole.path("status").asString()).isEqualTo("incomplete");
    String text = whole.path("output").get(0).path("content").get(0).path("text").asString();
    assertThat(whole.path("usage").path("output_tokens").asInt()).isEqualTo(12);
    String events = post("v1/responses", body.formatted(", \"stream\": true")).body();
    assertThat(events)
        .startsWith("event: response.created\ndata: {\"type\":\"response.created\"")
        .contains("event: response.output_text.delta", "event: response.incomplete")
        .contains(Json.text(text))
        .doesNotContain("[DONE]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"response_format\": {\"type\": \"xml\"}|response_format.type",
        "\"response_format\": {\"type\": \"json_schema\"}|response_format.json_schema.schema",
        "\"guided_regex\": \"(?=a)\"|(?=a)",
        "\"guided_json\": {\"not\": {}}|\\\"not\\\"",
        "\"guided_choice\": []|guided_choice",
        "\"structured_outputs\": {\"grammar\": \"x\"}|structured_outputs.grammar",
        "\"guided_regex\": \"a\", \"guided_choice\": [\"b\"]|guided_choice",
        "\"tools\": [{\"type\": \"function\"}]|tools[0]",
        "\"tools\": {}|tools",
        "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}],"
            + " \"tool_choice\": \"g\"|tool_choice"
      })
  void whatCannotBeKeptToIsSaid(String more, String said) throws Exception {
    HttpResponse<String> answer = post("v1/chat/completions", chat(more));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(said).doesNotContain("Exception");
  }

  @Test
  void tracesTellWhereTheTimeWent() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.url()).resolve("v1/chat/completions"))
            .header("X-Request-Id", "trace-1")
            .POST(HttpRequest.BodyPublishers.ofString(chat("\"n\": 1")))
            .build();
    HttpResponse<String> answer = Chats.CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("X-Request-Id")).hasValue("trace-1");
    HttpRequest asked =
        HttpRequest.newBuilder(URI.create(server.url()).resolve("api/v1/traces?id=trace-1"))
            .build();
    JsonNode traces = Json.mapper().createArrayNode();
    while (traces.isEmpty()) { // it is kept once the answer is sent
      traces =
          read(Chats.CLIENT.send(asked, HttpResponse.BodyHandlers.ofString()).body())
              .path("traces");
    }
    JsonNode trace = traces.get(0);
    assertThat(trace.path("model").asString()).isEqualTo("caller");
    assertThat(trace.path("outcome").asString()).isEqualTo("ok");
    double sum = 0;
    for (String span : new String[] {"waiting", "reading", "writing"}) {
      assertThat(trace.path("spans_ms").path(span).asDouble()).isGreaterThanOrEqualTo(0);
      sum += trace.path("spans_ms").path(span).asDouble();
    }
    assertThat(sum).isLessThanOrEqualTo(trace.path("total_ms").asDouble()).isPositive();
  }

  @Test
  void templatesWithoutToolsAreSaid() throws Exception {
    String body = chat(TOOLS).replace("\"caller\"", "\"qwen\"");
    HttpResponse<String> answer = post("v1/chat/completions", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("template");
  }
}
