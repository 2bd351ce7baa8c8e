package io.millrace.pipeline.language;

import io.millrace.data.language.MeaningPair;
import io.millrace.data.language.Reading;
import io.millrace.data.language.TextTable;
import io.millrace.data.tokenizer.Tokenizer;
import io.millrace.ground.file.FileException;
import io.millrace.ground.json.Json;
import io.millrace.model.architecture.Pooling;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.folder.Recast;
import io.millrace.pipeline.PipelineException;
import io.millrace.train.language.Lesson;
import io.millrace.train.language.MeaningLesson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Texts that mean alike. */
record MeaningData(
    Sides<MeaningPair> examples, Recast recast, int padding, Pooling pooling, int width)
    implements TaskData {
  /** What cosines are multiplied with, as sentence-transformers does. */
  private static final double SHARPNESS = 20;

  static MeaningData read(TuneSpec spec, Path place, Tokenizer tokenizer) {
    TuneSpec.Data data = spec.data();
    String pair = data.pair();
    if (pair == null) {
      throw new PipelineException("tune.pair");
    }
    String negative = data.negative();
    Pooling pooling = spec.train().pooling();
    Sides<TextTable.Row> rows = Sides.rows(spec, place);
    Sides<MeaningPair> examples =
        rows.map(
            row ->
                new MeaningPair(
                    Reading.of(tokenizer, row.text(data.key()), data.width()),
                    Reading.of(tokenizer, row.text(pair), data.width()),
                    negative == null
                        ? null
                        : Reading.of(tokenizer, row.text(negative), data.width())));
    return new MeaningData(
        examples,
        new Recast(Recast.Task.STATES, List.of(), null),
        Sides.padding(tokenizer),
        pooling == null ? Pooling.MEAN : pooling,
        data.width());
  }

  @Override
  public @Nullable Lesson lesson(Pretrained model, Side side) {
    List<MeaningPair> some = examples.of(side);
    return some.isEmpty() ? null : new MeaningLesson(model, some, pooling, padding, SHARPNESS);
  }

  @Override
  public List<List<Reading>> learned() {
    return examples.train().stream().map(one -> List.of(one.one(), one.other())).toList();
  }

  /** The files by which sentence-transformers knows how vectors are made. */
  @Override
  public void complete(Path folder) {
    try {
      Files.createDirectories(folder.resolve("1_Pooling"));
      ArrayNode modules = Json.object().putArray("modules");
      String[][] parts = {
        {"", "Transformer"}, {"1_Pooling", "Pooling"}, {"2_Normalize", "Normalize"}
      };
      for (int i = 0; i < parts.length; i++) {
        modules
            .addObject()
            .put("idx", i)
            .put("name", String.valueOf(i))
            .put("path", parts[i][0])
            .put("type", "sentence_transformers.models." + parts[i][1]);
      }
      Json.write(folder.resolve("modules.json"), modules);
      ObjectNode how = Json.object();
      how.put("word_embedding_dimension", dimension(folder));
      how.put("pooling_mode_cls_token", pooling == Pooling.CLS);
      how.put("pooling_mode_mean_tokens", pooling == Pooling.MEAN);
      how.put("pooling_mode_max_tokens", pooling == Pooling.MAX);
      how.put("pooling_mode_lasttoken", pooling == Pooling.LAST);
      Json.write(folder.resolve("1_Pooling").resolve("config.json"), how);
      Json.write(
          folder.resolve("sentence_bert_config.json"),
          Json.object().put("max_seq_length", width).put("do_lower_case", false));
    } catch (IOException e) {
      throw FileException.writing(folder, e);
    }
  }

  private static int dimension(Path folder) {
    var config = Json.read(folder.resolve("config.json"));
    return config.path(config.has("hidden_size") ? "hidden_size" : "dim").asInt();
  }
}
