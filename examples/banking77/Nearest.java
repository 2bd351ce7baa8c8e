// ./millrace java examples/banking77/Nearest.java adapted/model ../shared/data/banking77
import io.millrace.data.language.TextTable;
import io.millrace.model.architecture.Pooling;
import io.millrace.serve.language.TextEmbedder;
import java.nio.file.Path;
import java.util.List;

/**
 * How often the question whose vector is nearest has the same intent: what an encoder knows that has seen no label.
 * Arguments: the encoder's folder and the data's. -Drows=100 takes so many rows of each file.
 */
void main(String[] arguments) {
  var known = rows(Path.of(arguments[1], "train.csv.gz"));
  var asked = rows(Path.of(arguments[1], "test.csv.gz"));
  for (Pooling pooling : List.of(Pooling.CLS, Pooling.MEAN)) {
    try (TextEmbedder embedder = TextEmbedder.open(Path.of(arguments[0]), pooling, null)) {
      List<float[]> from = embedder.embed(known.stream().map(row -> row.text("text")).toList());
      List<float[]> vectors = embedder.embed(asked.stream().map(row -> row.text("text")).toList());
      int right = 0;
      for (int i = 0; i < asked.size(); i++) {
        var found = known.get(nearest(vectors.get(i), from)).text("category");
        right += found.equals(asked.get(i).text("category")) ? 1 : 0;
      }
      IO.println("%s %.2f %%".formatted(pooling, 100.0 * right / asked.size()));
    }
  }
}

List<TextTable.Row> rows(Path file) {
  return TextTable.read(file, List.of()).stream().limit(Integer.getInteger("rows", Integer.MAX_VALUE)).toList();
}

/** The vector with the largest cosine; all have length 1. */
int nearest(float[] vector, List<float[]> all) {
  int best = 0;
  double largest = -2;
  for (int i = 0; i < all.size(); i++) {
    double cosine = 0;
    float[] other = all.get(i);
    for (int k = 0; k < vector.length; k++) {
      cosine += vector[k] * other[k];
    }
    if (cosine > largest) {
      largest = cosine;
      best = i;
    }
  }
  return best;
}
