// ./millrace java examples/gru-text/GruText.java ../shared/data/tiny-shakespeare/input.txt.gz
import static io.millrace.model.layer.Layers.*;
import static io.millrace.train.loss.Losses.sparseCategoricalCrossEntropy;
import static io.millrace.train.optimizer.Adam.adam;

import io.millrace.data.text.NextPiece;
import io.millrace.data.text.Vocabulary;
import io.millrace.evaluate.text.TextSampler;
import io.millrace.model.Sequential;
import io.millrace.train.Trainer;
import io.millrace.train.metric.Perplexity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/** A language model of a text, character by character, and what it writes. */
public class GruText {
  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[0]);
    byte[] bytes = Files.readAllBytes(file);
    if (file.toString().endsWith(".gz")) {
      bytes = new GZIPInputStream(Files.newInputStream(file)).readAllBytes();
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    var vocabulary = Vocabulary.characters(text);
    int[] ids = vocabulary.encoder().encode(text);
    int cut = ids.length * 9 / 10;
    var train = NextPiece.dataset("text", Arrays.copyOf(ids, cut), vocabulary, 64);
    var held = NextPiece.dataset("text", Arrays.copyOfRange(ids, cut, ids.length), vocabulary, 64);
    int size = vocabulary.size();
    var model = Sequential.of(embedding(size, 64), gruSequences(128), dense(size).softmax());
    var trainer =
        Trainer.of(model)
            .loss(sparseCategoricalCrossEntropy()).optimizer(adam(0.003)).metrics(new Perplexity())
            .clipNorm(1).epochs(Integer.getInteger("epochs", 5)).batch(64).validation(held);
    try (var result = trainer.fit(train)) {
      System.out.println("perplexity " + result.history().last().metric("val_perplexity"));
      String prompt = text.substring(0, Math.min(8, text.length()));
      System.out.println(new TextSampler(result.network(), vocabulary).write(prompt, 300, 0.7, 1));
    }
  }
}
