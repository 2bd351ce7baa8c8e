// ./millrace java examples/char-gpt/CharGpt.java ../shared/data/tiny-shakespeare/input.txt.gz
import io.millrace.data.language.PackedTokens;
import io.millrace.data.language.TextFiles;
import io.millrace.data.language.TokenStore;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.model.architecture.Decoding;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.generation.Generator;
import io.millrace.model.generation.Sampling;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.schedule.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A GPT that learns a text character by character, and what it writes. */
public class CharGpt {
  public static void main(String[] arguments) throws Exception {
    var files = List.of(Path.of(arguments[0]));
    int steps = Integer.getInteger("steps", 2000);
    List<String> texts;
    try (var documents = TextFiles.documents(files)) {
      texts = documents.map(document -> document.text()).toList();
    }
    Path folder = Files.createTempDirectory("char-gpt");
    try (Tokenizer tokenizer = TokenizerTrainer.characters(texts, List.of("<|endoftext|>"));
        var documents = TextFiles.documents(files);
        var store = TokenStore.build(documents, tokenizer, null, 0L, folder.resolve("tokens"))) {
      Files.writeString(folder.resolve("config.json"), config(tokenizer.size()));
      long cut = store.tokens() * 9 / 10;
      var train = new PackedTokens(store.part(0, cut), 64, 1, true);
      var held = new PackedTokens(store.part(cut, store.tokens()), 64, 1, false);
      try (Pretrained model = Pretrained.fresh(folder, 1)) {
        var trainer =
            LanguageTrainer.of(model)
                .optimizer(new AdamW(1e-3, 0.1, 0.9, 0.99, 1e-8))
                .schedule(new Schedule.Warmup(steps / 20, 0, new Schedule.Cosine(null, 0.1, null)))
                .batch(12).steps(steps).clipNorm(1);
        trainer.fit(train);
        System.out.println("loss " + trainer.evaluate(held));
        var sampling = Sampling.greedy(50).change().temperature(0.8).seed(3).build();
        long[] prompt = tokenizer.encode("The ").ids();
        var written = new Generator((Decoding) model.architecture()).generate(prompt, sampling);
        System.out.println("The " + tokenizer.decode(written.ids()));
      }
    }
  }

  private static String config(int vocabulary) {
    return """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": %d,
         "n_positions": 64, "n_embd": 128, "n_layer": 4, "n_head": 4, "attn_pdrop": 0.0,
         "embd_pdrop": 0.0, "resid_pdrop": 0.0}
        """
        .formatted(vocabulary);
  }
}
