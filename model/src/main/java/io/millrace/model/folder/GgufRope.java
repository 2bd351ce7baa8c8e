package io.millrace.model.folder;

import io.millrace.model.ModelException;
import io.millrace.tensor.Scope;
import io.millrace.tensor.gguf.GgufFile;
import java.nio.file.Path;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a GGUF file says of angles, in a configuration's words. */
final class GgufRope {
  private static final String FACTORS = "rope_freqs.weight";
  private static final double LOW = 1;
  private static final double HIGH = 4;
  private static final int CONTEXT = 8192;

  private GgufRope() {}

  static void put(ObjectNode config, GgufFile file, String family, Path path) {
    ObjectNode rope = config.putObject("rope_parameters");
    Number base = file.number(family + ".rope.freq_base");
    double theta = base == null ? 10_000 : Double.parseDouble(base.toString());
    rope.put("rope_theta", theta);
    Object kind = file.metadata().getOrDefault(family + ".rope.scaling.type", "none");
    if (file.names().contains(FACTORS)) {
      llama3(rope, file, theta);
      return;
    }
    switch (String.valueOf(kind)) {
      case "none" -> rope.put("rope_type", "default");
      case "linear", "yarn" -> {
        rope.put("rope_type", String.valueOf(kind));
        Number factor = file.number(family + ".rope.scaling.factor");
        Number context = file.number(family + ".rope.scaling.original_context_length");
        if (factor == null) {
          throw new ModelException("gguf.rope", path, kind);
        }
        rope.put("factor", factor.doubleValue());
        if (context != null) {
          rope.put("original_max_position_embeddings", context.longValue());
        }
      }
      default -> throw new ModelException("gguf.rope", path, kind);
    }
  }

  /** Factors of other settings, as they are. */
  private static void listed(ObjectNode rope, float[] factors) {
    rope.put("rope_type", "longrope").put("attention_factor", 1.0).put("factor", 1.0);
    rope.put("original_max_position_embeddings", CONTEXT);
    for (String list : new String[] {"short_factor", "long_factor"}) {
      ArrayNode all = rope.putArray(list);
      for (float one : factors) {
        all.add(Double.parseDouble(Float.toString(one)));
      }
    }
  }

  /** Llama 3 lists a factor for each angle; the settings that they come from are found again. */
  private static void llama3(ObjectNode rope, GgufFile file, double theta) {
    float[] factors;
    try (Scope scope = Scope.open()) {
      factors = file.tensor(FACTORS).toFloats();
    }
    double factor = factors[factors.length - 1];
    for (int i = 0; i < factors.length; i++) {
      double length = 2 * Math.PI * Math.pow(theta, (double) i / factors.length);
      double expected;
      if (length < CONTEXT / HIGH) {
        expected = 1;
      } else if (length > CONTEXT / LOW) {
        expected = factor;
      } else {
        double smooth = (CONTEXT / length - LOW) / (HIGH - LOW);
        expected = 1 / ((1 - smooth) / factor + smooth);
      }
      if (Math.abs(factors[i] - expected) > 1e-3 * expected) {
        listed(rope, factors);
        return;
      }
    }
    rope.put("rope_type", "llama3").put("factor", factor);
    rope.put("low_freq_factor", LOW).put("high_freq_factor", HIGH);
    rope.put("original_max_position_embeddings", CONTEXT);
  }
}
