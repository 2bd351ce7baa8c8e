package io.millrace.benchmarks;

import io.millrace.data.language.Document;
import io.millrace.data.language.PackedTokens;
import io.millrace.data.language.TextFiles;
import io.millrace.data.language.TokenRow;
import io.millrace.data.language.TokenRows;
import io.millrace.data.language.TokenStore;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.data.tokenizer.TokenizerTrainer;
import io.millrace.ground.json.Json;
import io.millrace.model.folder.Pretrained;
import io.millrace.train.language.LanguageTrainer;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.schedule.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pretrains a small GPT-2 on nine tenths of a text and says its perplexity on the rest. Writes what
 * PyTorch needs to do the same: the weights at the start and the rows of every step. Arguments: a
 * folder, the text.
 */
public final class WikitextJob {
  private static final int VOCABULARY = 4000;
  private static final int WIDTH = 128;
  private static final int BATCH = 16;
  private static final int STEPS = 240;

  private WikitextJob() {}

  /** Trains and prints a JSON object. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    List<Path> files = List.of(Path.of(arguments[1]));
    List<String> texts = new ArrayList<>();
    try (Stream<Document> documents = TextFiles.documents(files)) {
      documents.map(Document::text).forEach(texts::add);
    }
    Files.createDirectories(folder.resolve("shape"));
    Files.writeString(
        folder.resolve("shape/config.json"),
        """
        {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": %d,
         "n_embd": 192, "n_layer": 4, "n_head": 4, "n_positions": %d, "n_ctx": %d,
         "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        """
            .formatted(VOCABULARY, WIDTH, WIDTH));
    try (Tokenizer tokenizer =
            TokenizerTrainer.train(texts, new TokenizerTrainer.Options(VOCABULARY, "<|end|>"));
        Stream<Document> documents = TextFiles.documents(files);
        TokenStore store =
            TokenStore.build(documents, tokenizer, null, null, folder.resolve("tokens"));
        Pretrained model = Pretrained.fresh(folder.resolve("shape"), 1)) {
      long cut = store.tokens() * 9 / 10;
      TokenRows train = new PackedTokens(store.part(0, cut), WIDTH, 1, true);
      TokenRows held = new PackedTokens(store.part(cut, store.tokens()), WIDTH, 1, false);
      model.save(folder.resolve("model"));
      write(folder.resolve("rows.json"), train, held);
      LanguageTrainer trainer =
          LanguageTrainer.of(model)
              .optimizer(new AdamW(2e-3, 0.1, 0.9, 0.99, 1e-8))
              .schedule(new Schedule.Warmup(40, 0, new Schedule.Constant()))
              .batch(BATCH)
              .steps(STEPS);
      trainer.fit(train);
      double loss = trainer.evaluate(held);
      System.out.println(Json.text(Map.of("perplexity", Math.exp(loss), "tokens", store.tokens())));
    }
  }

  private static void write(Path file, TokenRows train, TokenRows held) {
    ObjectNode all = Json.object();
    ArrayNode steps = all.putArray("steps");
    int inEpoch = (train.count() + BATCH - 1) / BATCH;
    for (int step = 0; step < STEPS; step++) {
      ArrayNode rows = steps.addArray();
      int from = step % inEpoch * BATCH;
      for (int i = from; i < Math.min(train.count(), from + BATCH); i++) {
        add(rows, train.row(step / inEpoch, i));
      }
    }
    ArrayNode rows = all.putArray("held");
    for (int i = 0; i < held.count(); i++) {
      add(rows, held.row(0, i));
    }
    Json.write(file, all);
  }

  /** Tokens with the one more that the last place learns. */
  private static void add(ArrayNode rows, TokenRow row) {
    ArrayNode ids = rows.addArray();
    for (long id : row.ids()) {
      ids.add(id);
    }
    ids.add(row.targets()[row.targets().length - 1]);
  }
}
