package io.millrace.serve.language;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that call functions, in every family's way of writing, cut anywhere. */
class ToolReaderTest {
  record Case(ToolFormat format, String text, String said, String called) {}

  static List<Case> cases() {
    String f = "{\"name\": \"f\", \"arguments\": {\"x\": 1}}";
    String g = "{\"name\": \"g\", \"arguments\": {\"城\": \"京\"}}";
    String p = "{\"name\": \"f\", \"parameters\": {\"x\": 1}}";
    return List.of(
        new Case(
            ToolFormat.TAGS,
            "Let me see.\n<tool_call>\n" + f + "\n</tool_call>",
            "Let me see.",
            "f{\"x\":1}"),
        new Case(
            ToolFormat.TAGS,
            "<tool_call>" + f + "</tool_call>\n<tool_call>" + g + "</tool_call>",
            "",
            "f{\"x\":1}g{\"城\":\"京\"}"),
        new Case(ToolFormat.TAGS, "a < b <tool", "a < b <tool", ""),
        new Case(
            ToolFormat.TAGS,
            "<tool_call>no object</tool_call>!",
            "<tool_call>no object</tool_call>!",
            ""),
        new Case(ToolFormat.TAGS, "<tool_call>" + f, "", "f{\"x\":1}"),
        new Case(ToolFormat.TAGS, "two  blanks\n\nstay \n", "two  blanks\n\nstay \n", ""),
        new Case(
            ToolFormat.LIST, "[TOOL_CALLS][" + f + ", " + g + "]", "", "f{\"x\":1}g{\"城\":\"京\"}"),
        new Case(
            ToolFormat.LIST,
            "[TOOL_CALLS]f[ARGS]{\"x\": 1}[TOOL_CALLS]g[ARGS]{}",
            "",
            "f{\"x\":1}g{}"),
        new Case(ToolFormat.LIST, "plain [text]", "plain [text]", ""),
        new Case(ToolFormat.OBJECT, p, "", "f{\"x\":1}"),
        new Case(ToolFormat.OBJECT, "<|python_tag|>" + p, "", "f{\"x\":1}"),
        new Case(ToolFormat.OBJECT, "{\"answer\": 42}", "{\"answer\": 42}", ""),
        new Case(ToolFormat.OBJECT, "so " + p, "so " + p, ""));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void partsCallsFromTextWhereverItIsCut(Case one) {
    for (int length = 1; length <= one.text.length(); length++) {
      ToolReader reader = new ToolReader(one.format, false);
      StringBuilder said = new StringBuilder();
      List<ToolCall> calls = new ArrayList<>();
      for (int at = 0; at < one.text.length(); at += length) {
        said.append(reader.add(one.text.substring(at, Math.min(one.text.length(), at + length))));
        calls.addAll(reader.calls());
      }
      said.append(reader.end());
      calls.addAll(reader.calls());
      StringBuilder called = new StringBuilder();
      calls.forEach(call -> called.append(call.name()).append(call.arguments()));
      assertThat(said.toString()).as("cut every %s", length).isEqualTo(one.said);
      assertThat(called.toString()).isEqualTo(one.called);
    }
  }
}
