package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.ground.json.Json;
import io.millrace.server.MillraceServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import tools.jackson.databind.JsonNode;

/** The clients that Java teams have, against a small chat model. */
class JavaClientsTest {
  private static final Path MODEL = Chats.MODEL;
  private static final JsonNode CASE =
      Json.read(MODEL.resolve("expected.json")).path("cases").get(0);
  private static final String SAID =
      CASE.path("messages").get(CASE.path("messages").size() - 1).path("content").asString();

  private static MillraceServer server;
  private static String wanted;

  @BeforeAll
  static void start() {
    server = MillraceServer.start("127.0.0.1", 0, Map.of("qwen", MODEL));
    server.awaitReady(Duration.ofSeconds(60));
    wanted = langChain().chat(UserMessage.from(SAID)).aiMessage().text();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static OpenAiChatModel langChain() {
    return OpenAiChatModel.builder()
        .baseUrl(server.url() + "v1")
        .apiKey("none")
        .modelName("qwen")
        .temperature(0.0)
        .maxTokens(24)
        .build();
  }

  /** What transformers writes, up to the end of its turn. */
  @Test
  void langChain4jChats() {
    assertThat(wanted).isNotEmpty();
    assertThat(CASE.path("completion_text").asString()).startsWith(wanted);
    ChatResponse answer = langChain().chat(UserMessage.from(SAID));
    assertThat(answer.aiMessage().text()).isEqualTo(wanted);
    assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(CASE.path("ids").size());
  }

  @Test
  void langChain4jStreams() throws Exception {
    StringBuilder pieces = new StringBuilder();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    OpenAiStreamingChatModel.builder()
        .baseUrl(server.url() + "v1")
        .apiKey("none")
        .modelName("qwen")
        .temperature(0.0)
        .maxTokens(24)
        .build()
        .chat(
            SAID,
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(String piece) {
                pieces.append(piece);
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
              }

              @Override
              public void onError(Throwable error) {
                whole.completeExceptionally(error);
              }
            });
    assertThat(whole.get(60, TimeUnit.SECONDS).aiMessage().text()).isEqualTo(wanted);
    assertThat(pieces.toString()).isEqualTo(wanted);
  }

  private static org.springframework.ai.openai.OpenAiChatModel spring() {
    return org.springframework.ai.openai.OpenAiChatModel.builder()
        .openAiApi(OpenAiApi.builder().baseUrl(server.url()).apiKey("none").build())
        .defaultOptions(
            OpenAiChatOptions.builder().model("qwen").temperature(0.0).maxTokens(24).build())
        .build();
  }

  @Test
  void springAiChats() {
    var answer = spring().call(new Prompt(SAID));
    assertThat(answer.getResult().getOutput().getText()).isEqualTo(wanted);
    assertThat(answer.getMetadata().getUsage().getPromptTokens())
        .isEqualTo(CASE.path("ids").size());
  }

  @Test
  void springAiStreams() {
    StringBuilder pieces = new StringBuilder();
    spring().stream(new Prompt(SAID))
        .toIterable()
        .forEach(
            piece -> {
              if (piece.getResult() != null && piece.getResult().getOutput().getText() != null) {
                pieces.append(piece.getResult().getOutput().getText());
              }
            });
    assertThat(pieces.toString()).isEqualTo(wanted);
  }
}
