package io.millrace.cli;

import io.millrace.ground.message.Messages;

/** This room's texts in the chosen language. */
final class Text {
  static final Messages MESSAGES = Messages.beside(Text.class);

  private Text() {}

  static String of(String key, Object... arguments) {
    return MESSAGES.text(key, arguments);
  }
}
