package io.millrace.data.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.data.DataException;
import io.millrace.data.chat.ChatFormat;
import io.millrace.data.chat.ChatTemplate;
import io.millrace.data.chat.Message;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts and conversations to learn from. */
class LanguageDataTest {
  private static final String CHATML =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  /** Writes what a model thought in the last answer only, as Qwen3's template does. */
  private static final String THINKING =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n"
          + "{% if m.role == 'assistant' and loop.last %}<think></think>{% endif %}"
          + "{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  @TempDir Path folder;

  private static Tokenizer tokenizer() {
    return TokenizerTrainer.train(
        List.of("a few words to begin with"),
        new TokenizerTrainer.Options(280, "<|im_start|>", "<|im_end|>"));
  }

  private Path file(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  @Test
  void readsFourFormsOfConversations() throws IOException {
    Path rows =
        file(
            "rows.jsonl",
            "{\"messages\": [{\"role\": \"system\", \"content\": \"s\"},"
                + " {\"role\": \"user\", \"content\": \"q\"},"
                + " {\"role\": \"assistant\", \"content\": \"a\"}]}",
            "",
            "{\"conversations\": [{\"from\": \"human\", \"value\": \"q\"},"
                + " {\"from\": \"gpt\", \"value\": \"a\"}]}",
            "{\"instruction\": \"q\", \"input\": \"more\", \"output\": \"a\","
                + " \"history\": [[\"first\", \"one\"]]}",
            "{\"prompt\": \"q\", \"completion\": \"a\"}");
    List<Conversation> read = ChatFile.read(rows);
    assertThat(read).extracting(one -> one.messages().size()).containsExactly(3, 2, 4, 2);
    assertThat(read.get(2).messages().get(2).content()).isEqualTo("q\n\nmore");
    assertThat(read.get(2).place()).endsWith(":4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"messages": [                                              | is not JSON
          {"question": "q"}                                           | question
          {"prompt": "q", "completion": "  "}                         | empty answer
          {"prompt": "q"}                                             | response
          {"conversations": [{"from": "martian", "value": "x"}]}      | martian
          {"conversations": [{"from": "gpt", "value": "x"}]}          | take turns
          {"conversations": [{"from": "human", "value": "x"}]}        | last message
          {"instruction": 7, "output": "x"}                           | instruction
          """)
  void namesTheLineOfAWrongRow(String row, String said) throws IOException {
    Path rows = file("rows.jsonl", "{\"prompt\": \"q\", \"completion\": \"a\"}", row);
    assertThatThrownBy(() -> ChatFile.read(rows))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("rows.jsonl:2")
        .hasMessageContaining(said);
  }

  private static List<String> learned(Sample sample, Tokenizer tokenizer) {
    List<String> all = new ArrayList<>();
    List<Long> open = new ArrayList<>();
    for (int i = 0; i <= sample.ids().length; i++) {
      if (i < sample.ids().length && sample.trained()[i]) {
        open.add((long) sample.ids()[i]);
      } else if (!open.isEmpty()) {
        all.add(tokenizer.decode(open.stream().mapToLong(Long::longValue).toArray(), true));
        open.clear();
      }
    }
    return all;
  }

  @Test
  void exactlyTheAnswersAreLearned() {
    Conversation talk =
        new Conversation(
            "test",
            List.of(
                Message.user("one?"),
                Message.assistant("first"),
                Message.user("二？"),
                Message.assistant("第二")));
    try (Tokenizer tokenizer = tokenizer()) {
      ChatSamples plain =
          new ChatSamples(new ChatFormat(tokenizer, ChatTemplate.of(CHATML, Map.of())));
      List<Sample> whole = plain.of(talk);
      assertThat(whole).hasSize(1);
      assertThat(learned(whole.getFirst(), tokenizer))
          .containsExactly("first<|im_end|>", "第二<|im_end|>");
      // A template that writes past turns differently: a sample for each answer.
      ChatSamples changing =
          new ChatSamples(new ChatFormat(tokenizer, ChatTemplate.of(THINKING, Map.of())));
      List<Sample> apart = changing.of(talk);
      assertThat(apart).hasSize(2);
      assertThat(learned(apart.get(1), tokenizer)).containsExactly("<think></think>第二<|im_end|>");
      assertThat(learned(plain.last(talk), tokenizer)).containsExactly("第二<|im_end|>");
    }
  }

  private static Sample sample(int length, int first) {
    int[] ids = new int[length];
    Arrays.setAll(ids, i -> first + i);
    return Sample.whole(ids);
  }

  @Test
  void packsWithoutCuttingOrLosing() {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      samples.add(sample(1 + i * 7 % 50, 1000 * (i + 1)));
    }
    PackedSamples packed = new PackedSamples(samples, 64, true, 3);
    PackedSamples apart = new PackedSamples(samples, 64, false, 3);
    assertThat(packed.count()).isLessThan(apart.count() / 2);
    for (PackedSamples rows : List.of(packed, apart)) {
      Set<Long> seen = new HashSet<>();
      long tokens = 0;
      for (int i = 0; i < rows.count(); i++) {
        TokenRow row = rows.row(1, i);
        assertThat(row.ids().length).isLessThanOrEqualTo(64);
        tokens += row.used();
        for (int j = 0; j < row.ids().length; j++) {
          assertThat(seen.add(row.ids()[j])).isTrue();
          boolean last = j + 1 == row.ids().length || row.texts()[j + 1] != row.texts()[j];
          assertThat(row.targets()[j]).isEqualTo(last ? TokenRow.IGNORED : row.ids()[j] + 1);
          assertThat(row.positions()[j]).isEqualTo(row.ids()[j] % 1000);
        }
      }
      assertThat(tokens).isEqualTo(samples.stream().mapToLong(one -> one.ids().length).sum());
    }
    assertThat(packed.row(0, 0).ids()).isEqualTo(packed.row(0, 0).ids());
    assertThatThrownBy(() -> new PackedSamples(samples, 49, true, 1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("50")
        .hasMessageContaining("49");
  }

  @Test
  void longConversationsAreCountedAndNeverSilent() {
    List<Sample> samples = List.of(sample(10, 0), sample(30, 100), sample(5, 200));
    SampleSet left = SampleSet.of(samples, 20, SampleSet.Longer.LEAVE_OUT, false);
    assertThat(left.leftOut()).isEqualTo(1);
    assertThat(left.samples()).hasSize(2);
    SampleSet cut = SampleSet.of(samples, 20, SampleSet.Longer.CUT, false);
    assertThat(cut.cut()).isEqualTo(1);
    assertThat(cut.tokens()).isEqualTo(35);
    assertThatThrownBy(() -> SampleSet.of(samples, 20, SampleSet.Longer.REFUSE, false))
        .hasMessageContaining("30");
    assertThatThrownBy(() -> SampleSet.of(samples, 20, SampleSet.Longer.CUT, true))
        .hasMessageContaining("questions too");
    Sample none = new Sample(new int[] {1, 2, 3}, new boolean[3]);
    assertThatThrownBy(() -> SampleSet.of(List.of(none), 20, SampleSet.Longer.CUT, true))
        .hasMessageContaining("none of 3 tokens");
  }

  @Test
  void rowsOfACorpusHoldEveryTokenOnce() throws IOException {
    Path text = folder.resolve("long.txt.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(text))) {
      // More than one piece: the document goes on over the cut.
      for (int i = 0; i < 60_000; i++) {
        out.write(("line " + i + " of a long text\n").getBytes(StandardCharsets.UTF_8));
      }
    }
    Path short1 = file("short.jsonl", "{\"text\": \"one\"}", "{\"text\": \"two\"}");
    try (Tokenizer tokenizer =
            TokenizerTrainer.characters(
                List.of("line of a longtext0123456789w\n"), List.of("<e>"));
        Stream<Document> documents = TextFiles.documents(List.of(text, short1));
        TokenStore store =
            TokenStore.build(documents, tokenizer, null, 0L, folder.resolve("tokens"))) {
      assertThat(store.documents()).isEqualTo(3);
      PackedTokens still = new PackedTokens(store, 100, 1, false);
      long learned = 0;
      for (int i = 0; i < still.count(); i++) {
        learned += still.row(0, i).learned();
      }
      // All but the beginnings of documents inside the rows, and the rest behind the last row.
      assertThat(learned).isBetween(still.count() * 100L - 2, still.count() * 100L);
      PackedTokens moving = new PackedTokens(store, 100, 1, true);
      assertThat(moving.row(0, 5).ids()).isEqualTo(moving.row(0, 5).ids());
      assertThat(moving.row(0, 5).ids()).isNotEqualTo(moving.row(1, 5).ids());
      TokenRow last = still.row(0, still.count() - 1);
      assertThat(LongStream.of(last.texts()).max().orElse(0)).isGreaterThanOrEqualTo(1);
      TokenStore half = store.part(0, store.tokens() / 2);
      assertThat(half.tokens()).isEqualTo(store.tokens() / 2);
      assertThatThrownBy(() -> new PackedTokens(store.part(0, 50), 100, 1, false))
          .hasMessageContaining("101");
    }
  }

  @Test
  void preferencesNeedBothAnswers() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      ChatFormat format = new ChatFormat(tokenizer, ChatTemplate.of(CHATML, Map.of()));
      Path rows =
          file(
              "pairs.jsonl",
              "{\"prompt\": \"q\", \"chosen\": \"good\", \"rejected\": \"bad\"}",
              "{\"prompt\": [{\"role\": \"user\", \"content\": \"q\"}], \"chosen\":"
                  + " [{\"role\": \"assistant\", \"content\": \"good\"}], \"rejected\": \"bad\"}");
      List<Preference> read = Preferences.read(rows, format);
      assertThat(read).hasSize(2);
      assertThat(learned(read.get(1).chosen(), tokenizer)).containsExactly("good<|im_end|>");
      Path wrong = file("wrong.jsonl", "{\"prompt\": \"q\", \"chosen\": \"good\"}");
      assertThatThrownBy(() -> Preferences.read(wrong, format))
          .hasMessageContaining("wrong.jsonl:1")
          .hasMessageContaining("rejected");
    }
  }
}
