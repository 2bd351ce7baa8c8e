package io.millrace.model.folder;

import java.util.List;

/** The small files beside the weights of a folder that travel with it. */
final class Companions {
  static final List<String> NAMES =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "spiece.model",
          "sentencepiece.bpe.model",
          "source.spm",
          "target.spm",
          "chat_template.jinja",
          "preprocessor_config.json",
          "modules.json",
          "1_Pooling/config.json",
          "sentence_bert_config.json");

  private Companions() {}
}
