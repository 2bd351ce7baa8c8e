package io.millrace.model.folder;

import io.millrace.model.ModelException;
import java.util.Map;
import java.util.TreeMap;

/** The families by the {@code model_type} of their configurations. */
final class Families {
  private static final Map<String, Family> BY_TYPE = new TreeMap<>();

  static {
    BY_TYPE.put("bert", Encoders.BERT);
    BY_TYPE.put("roberta", Encoders.ROBERTA);
    BY_TYPE.put("xlm-roberta", Encoders.XLM_ROBERTA);
    BY_TYPE.put("electra", Encoders.ELECTRA);
    BY_TYPE.put("distilbert", Encoders.DISTILBERT);
    BY_TYPE.put("mpnet", Encoders.MPNET);
    BY_TYPE.put("gpt2", new Gpt2());
    BY_TYPE.put("llama", Decoders.LLAMA);
    BY_TYPE.put("mistral", Decoders.MISTRAL);
    BY_TYPE.put("qwen2", Decoders.QWEN2);
    BY_TYPE.put("qwen3", Decoders.QWEN3);
    BY_TYPE.put("gemma2", Decoders.GEMMA2);
    BY_TYPE.put("gemma3_text", Decoders.GEMMA3);
    BY_TYPE.put("phi3", Decoders.PHI3);
    BY_TYPE.put("gru", Recurrents.GRU);
    BY_TYPE.put("lstm", Recurrents.LSTM);
    BY_TYPE.put("t5", new T5());
    BY_TYPE.put("bart", Barts.BART);
    BY_TYPE.put("marian", Barts.MARIAN);
    BY_TYPE.put("whisper", Barts.WHISPER);
    BY_TYPE.put("vit", Pictures.VIT);
    BY_TYPE.put("resnet", Pictures.RESNET);
    BY_TYPE.put("clip", Pictures.CLIP);
  }

  private Families() {}

  static Family of(Config config) {
    String type = config.text("model_type", "");
    Family family = BY_TYPE.get(type);
    if (family == null) {
      throw new ModelException("folder.family", config.place(), type, BY_TYPE.keySet());
    }
    return family;
  }
}
