// ./millrace java examples/tang-poems/TangPoems.java tang/model ../shared/data/tang-poems/poet.tang.9000.json.gz
import io.millrace.data.language.TextFiles;
import io.millrace.model.generation.Generated;
import io.millrace.model.generation.Sampling;
import io.millrace.serve.language.Answer;
import io.millrace.serve.language.LanguageModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How many of a hundred new poems have the lines of a poem, beside how many real ones have. */
public class TangPoems {
  public static void main(String[] arguments) {
    int count = Integer.getInteger("poems", 100);
    List<String> poems = new ArrayList<>();
    int right = 0;
    try (LanguageModel model = LanguageModel.open(Path.of(arguments[0]))) {
      for (int seed = 0; seed < count; seed++) {
        Sampling sampling = Sampling.greedy(120).change().temperature(0.7).seed(seed).build();
        // 0 begins a poem and ends it.
        Answer poem = model.generate(new long[] {0}, sampling, List.of(), piece -> {});
        // A long poem ends where the model's memory does: its last line is not whole.
        boolean whole = poem.finish() == Generated.Finish.STOP;
        String text = whole ? poem.text() : poem.text().replaceFirst("\\n[^\\n]*$", "");
        right += hasForm(text) ? 1 : 0;
        poems.add(text);
      }
    }
    System.out.println(poems.getFirst() + "\n\n" + poems.get(1) + "\n");
    System.out.println("right form: " + right + " of " + count);
    try (var real = TextFiles.documents(List.of(Path.of(arguments[1])), "paragraphs")) {
      List<String> held = real.map(document -> document.text()).toList();
      long good = held.stream().filter(TangPoems::hasForm).count();
      System.out.println("of the poems held back: " + good + " of " + held.size());
    }
  }

  /** Whether all clauses have four, five or seven characters, all as many, and come in pairs. */
  static boolean hasForm(String poem) {
    String[] clauses = poem.strip().split("[，。？！；\\n]+");
    int length = clauses[0].codePointCount(0, clauses[0].length());
    return (length == 4 || length == 5 || length == 7)
        && clauses.length % 2 == 0
        && Arrays.stream(clauses).allMatch(one -> one.codePointCount(0, one.length()) == length);
  }
}
