package io.millrace.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateTest {
  private static String render(String template) {
    return Template.of(template).render(Map.of("who", "you", "items", List.of(1L, 2L))).text();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "Hello {{ who | upper }}! → Hello YOU!",
        "{% for i in items %}{{ i }}{{ ',' if not loop.last }}{% endfor %} → 1,2",
        "{{ 7 // 2 }} {{ 7 / 2 }} {{ none }} {{ true }} → 3 3.5 None True",
        "{{ {'a': [1, 'é']} | tojson }} → {\"a\": [1, \"é\"]}",
        "{% set ns = namespace(n=0) %}{% for i in items %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} → 3",
        "{{ 'a b'.split()[-1].strip() ~ (items | length) }} → b2",
        "{{ nothing }}x{{ nothing is defined }} → xFalse"
      })
  void rendersAsPythonDoes(String template, String expected) {
    assertThat(render(template)).isEqualTo(expected);
  }

  @Test
  void blocksTakeTheirLineAway() {
    assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
  }

  @Test
  void marksWhatAnAssistantWrote() {
    Template.Rendered rendered =
        Template.of("user{% generation %}answer{% endgeneration %}end").render(Map.of());
    assertThat(rendered.marked()).hasSize(1);
    int[] mark = rendered.marked().getFirst();
    assertThat(rendered.text().substring(mark[0], mark[1])).isEqualTo("answer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'x' * 1000000000 }}",
        "{{ range(1000000000) }}",
        "{{ 9 ** 99 }}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% for i in range(99999) %}{{ '0123456789' * 1000 }}{% endfor %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ who.getClass() }}",
        "{{ items.append(3) }}",
        "{{ '{0.a}'.format(who) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{{ self.environment.loader.get() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ 1 / 0 }}",
        "{{ 1 % 0 }}",
        "{{ raise_exception('no') }}",
        "{{ nothing.more }}",
        "{{ 'a' + 1 }}",
        "{{ who() }}",
        "{% break %}",
        "{{ 'a",
        "{{ 1 +",
        "{% if true %}",
        "{% endif %}",
        "{% for %}{% endfor %}",
        "{{ x | nofilter }}",
        "{{ x is notest }}",
        "{# no end",
        "{% raw %}",
        "{{ 99999999999999999999 }}",
        "{{ strftime_now('%Q') }}"
      })
  void refusesWhatLoopsReachesOutOrIsBroken(String template) {
    assertThatThrownBy(() -> render(template)).isInstanceOf(TemplateException.class);
  }

  @Test
  void refusesDepth() {
    assertThatThrownBy(() -> render("{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{% if 1 %}".repeat(10_000)))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{{ " + "-".repeat(50_000) + "1 }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("{{ " + "not ".repeat(50_000) + "1 }}"))
        .isInstanceOf(TemplateException.class);
    assertThatThrownBy(() -> render("x".repeat(2_000_000))).isInstanceOf(TemplateException.class);
  }

  @Test
  void anythingElseNeverEndsInAnotherError() {
    String[] parts = {
      "{{",
      "}}",
      "{%",
      "%}",
      "{#",
      "#}",
      " for ",
      " in ",
      " if ",
      "items",
      "who",
      "'a'",
      "1",
      "(",
      ")",
      "[",
      "]",
      "|",
      "length",
      ".",
      ",",
      "+",
      "-",
      "endfor",
      "else",
      "set x = ",
      "\n"
    };
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder template = new StringBuilder();
      for (int j = random.nextInt(14); j >= 0; j--) {
        template.append(parts[random.nextInt(parts.length)]);
      }
      try {
        render(template.toString());
      } catch (TemplateException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
