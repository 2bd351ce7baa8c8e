package io.millrace.data.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code vocab.json} and {@code merges.txt}, as GPT-2 and RoBERTa have them. */
final class MergesFile {
  private MergesFile() {}

  static ObjectNode convert(JsonNode vocabulary, String merges, SpecialTokens specials) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    vocabulary.properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
    List<String[]> pairs = new ArrayList<>();
    for (String line : merges.split("\n")) {
      String[] both = line.strip().split(" ");
      if (!line.startsWith("#version") && both.length == 2) {
        pairs.add(both);
      }
    }
    ObjectNode root = TokenizerJson.of(TokenizerJson.bytePairs(ids, pairs));
    root.set("pre_tokenizer", TokenizerJson.byteLevel(false, true));
    root.set("decoder", TokenizerJson.byteLevel(true, true));
    String begin = specials.bos();
    String end = specials.eos();
    boolean framed = begin != null && end != null && specials.byRole().containsKey("cls_token");
    for (String token : new java.util.TreeSet<>(specials.byRole().values())) {
      Integer id = ids.get(token);
      if (id != null) {
        TokenizerJson.add(root, id, token, true);
      }
    }
    if (framed && ids.containsKey(begin) && ids.containsKey(end)) {
      ObjectNode processor = TokenizerJson.typed("RobertaProcessing");
      processor.putArray("sep").add(end).add(ids.get(end));
      processor.putArray("cls").add(begin).add(ids.get(begin));
      processor.put("trim_offsets", true);
      processor.put("add_prefix_space", false);
      root.set("post_processor", processor);
    } else {
      root.set("post_processor", TokenizerJson.byteLevel(true, true));
    }
    return root;
  }
}
