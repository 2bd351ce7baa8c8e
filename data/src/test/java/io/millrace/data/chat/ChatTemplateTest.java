package io.millrace.data.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.json.Json;
import io.millrace.ground.message.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ChatTemplateTest {
  private static Path folder() throws Exception {
    return Path.of(
            Objects.requireNonNull(
                    ChatTemplateTest.class.getResource("../tokenizer/tokenizer.json"))
                .toURI())
        .getParent();
  }

  @Test
  void promptsAndIdsAreThoseOfTransformers() throws Exception {
    try (Tokenizer tokenizer = Tokenizer.open(folder())) {
      ChatFormat format = ChatFormat.open(folder(), tokenizer);
      for (JsonNode one : Json.read(folder().resolve("expected.json")).path("cases")) {
        List<Message> messages = Message.list(one.path("messages"), "case");
        assertThat(format.template().render(messages, ChatTemplate.Options.PROMPT))
            .isEqualTo(one.path("prompt").asString());
        long[] ids = format.ids(messages, ChatTemplate.Options.PROMPT);
        assertThat(ids).hasSize(one.path("ids").size());
        for (int i = 0; i < ids.length; i++) {
          assertThat(ids[i]).isEqualTo(one.path("ids").get(i).asLong());
        }
      }
    }
  }

  @Test
  void readsTheTemplateFromTheOldPlaceAndPicksTheOneForTools(@TempDir Path folder)
      throws Exception {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"chat_template": [{"name": "default", "template": "{{ bos_token }}plain"},
                           {"name": "tool_use", "template": "{{ tools[0].name }}"}]}
        """);
    ChatTemplate template =
        Objects.requireNonNull(ChatTemplate.open(folder, Map.of("bos_token", "<s>")));
    List<Message> messages = List.of(Message.user("hi"));
    assertThat(template.render(messages, ChatTemplate.Options.PROMPT)).isEqualTo("<s>plain");
    ChatTemplate.Options tools =
        new ChatTemplate.Options(true, List.of(Map.of("name", "clock")), Map.of());
    assertThat(template.render(messages, tools)).isEqualTo("clock");
  }

  @Test
  void refusesWhatIsNoConversation(@TempDir Path empty) {
    assertThatThrownBy(() -> Message.list(Json.read("[]", "x"), "x")).isInstanceOf(Problem.class);
    assertThatThrownBy(() -> Message.list(Json.read("[{\"content\":\"a\"}]", "x"), "x"))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("message 1");
    assertThat(ChatTemplate.open(empty, Map.of())).isNull();
  }
}
