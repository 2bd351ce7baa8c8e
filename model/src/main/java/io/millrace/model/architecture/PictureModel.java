package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A transformer that looks at pictures in patches: ViT. */
public final class PictureModel implements Architecture {
  private static final Set<String> INPUTS = Set.of("pixel_values");

  private final PictureEmbedding embedding;
  private final Stack stack;
  private final @Nullable Projection classifier;

  /** Puts a model together; without a classifier the states are the answer. */
  public PictureModel(PictureEmbedding embedding, Stack stack, @Nullable Projection classifier) {
    this.embedding = embedding;
    this.stack = stack;
    this.classifier = classifier;
  }

  @Override
  public Set<String> inputs() {
    return INPUTS;
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(INPUTS);
    Tensor states = states(inputs.required("pixel_values"), pass);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    if (classifier != null) {
      outputs.put("logits", classifier.apply(states.select(1, 0)));
    }
    outputs.put("last_hidden", states);
    return outputs;
  }

  /** [batch, patches + 1, hidden] for pixels [batch, channels, height, width]. */
  Tensor states(Tensor pixels, Layer.Pass pass) {
    Tensor x = embedding.forward(pixels);
    return stack.forward(x, Stack.Places.from(0, x.size(1)), null, null, pass);
  }
}
