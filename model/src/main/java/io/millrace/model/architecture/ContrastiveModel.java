package io.millrace.model.architecture;

import io.millrace.model.layer.Layer;
import io.millrace.model.transformer.Norm;
import io.millrace.model.transformer.Projection;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Two towers whose answers for a picture and its text lie close together: CLIP. */
public final class ContrastiveModel implements Architecture {
  /**
   * The tower for texts.
   *
   * @param end the id whose first place holds the text's state; 2: the place of the largest id, as
   *     old configurations mean it
   */
  public record TextTower(TokenEmbedding embedding, Stack stack, Projection projection, int end) {
    Tensor embed(Inputs inputs, Layer.Pass pass) {
      Tensor ids = inputs.tokens("input_ids");
      Tensor real = inputs.real("attention_mask", ids);
      Stack.Places plain = Stack.Places.from(0, ids.size(1));
      Tensor x = embedding.forward(ids, plain.positions(), null, pass);
      Tensor states =
          stack.forward(
              x, new Stack.Places(plain.positions(), plain.longest(), real), null, null, pass);
      int time = (int) ids.size(1);
      long[] tokens = ids.toLongs();
      long[] place = new long[(int) ids.size(0)];
      for (int i = 0; i < tokens.length; i++) {
        int row = i / time;
        long best = tokens[(int) (row * time + place[row])];
        boolean better = end == 2 ? tokens[i] > best : tokens[i] == end && best != end;
        if (better) {
          place[row] = i % time;
        }
      }
      long hidden = states.size(2);
      Tensor at = Tensors.of(place, place.length, 1, 1).expand(place.length, 1, hidden);
      return projection.apply(states.gather(1, at).squeeze(1));
    }
  }

  /** The tower for pictures. */
  public record PictureTower(PictureModel model, Norm.Layer norm, Projection projection) {
    Tensor embed(Tensor pixels, Layer.Pass pass) {
      return projection.apply(norm.apply(model.states(pixels, pass).select(1, 0)));
    }
  }

  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "pixel_values");

  private final TextTower text;
  private final PictureTower picture;
  private final Tensor scale;

  /**
   * Puts a model together.
   *
   * @param scale the logarithm of what similarities are multiplied with, a scalar
   */
  public ContrastiveModel(TextTower text, PictureTower picture, Tensor scale) {
    this.text = text;
    this.picture = picture;
    this.scale = scale;
  }

  @Override
  public Set<String> inputs() {
    return INPUTS;
  }

  @Override
  public Map<String, Tensor> forward(Inputs inputs, Layer.Pass pass) {
    inputs.allow(INPUTS);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    if (inputs.optional("input_ids") != null || inputs.optional("pixel_values") == null) {
      outputs.put("text_embeds", unit(text.embed(inputs, pass)));
    }
    Tensor pixels = inputs.optional("pixel_values");
    if (pixels != null) {
      outputs.put("image_embeds", unit(picture.embed(pixels, pass)));
    }
    Tensor texts = outputs.get("text_embeds");
    Tensor images = outputs.get("image_embeds");
    if (texts != null && images != null) {
      outputs.put("logits", images.matmul(texts.transpose(0, 1)).mul(scale.exp()));
    }
    return outputs;
  }

  private static Tensor unit(Tensor x) {
    return x.div(x.square().sum(1).sqrt().unsqueeze(1));
  }
}
