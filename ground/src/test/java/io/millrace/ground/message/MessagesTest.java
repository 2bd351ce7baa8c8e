package io.millrace.ground.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.MissingResourceException;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private final Messages messages = Messages.beside(MessagesTest.class);

  @Test
  void fillsArgumentsAndLeavesOtherBracesAlone() {
    assertThat(messages.text(Language.ENGLISH, "greeting", "Ada", 2))
        .isEqualTo("Ada's {name} has 2 parts {9} {");
  }

  @Test
  void speaksChinese() {
    assertThat(messages.text(Language.CHINESE, "greeting", "Ada", 2)).isEqualTo("Ada 有 2 份");
  }

  @Test
  void aMissingKeyIsABug() {
    assertThatThrownBy(() -> messages.text("no.such.key"))
        .isInstanceOf(MissingResourceException.class);
  }

  @Test
  void aProblemSpeaksEveryLanguageAndKeepsItsCause() {
    var cause = new IllegalStateException("inside");
    var problem = new Problem(messages, "greeting", "Ada", 2, cause);
    assertThat(problem.message(Language.CHINESE)).isEqualTo("Ada 有 2 份");
    assertThat(problem).hasCause(cause);
    assertThat(problem.key()).isEqualTo("greeting");
  }

  @Test
  void readsLanguageTagsAndHeaders() {
    assertThat(Language.of("zh_CN.UTF-8")).isEqualTo(Language.CHINESE);
    assertThat(Language.of("fr-FR, zh;q=0.8, en;q=0.5")).isEqualTo(Language.CHINESE);
    assertThat(Language.of("en-GB,zh;q=0.3")).isEqualTo(Language.ENGLISH);
    assertThat(Language.of("C")).isEqualTo(Language.ENGLISH);
  }
}
