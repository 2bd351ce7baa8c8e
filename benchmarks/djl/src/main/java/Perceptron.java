import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** DJL's side: the perceptron on MNIST. Argument: the MNIST folder. */
public final class Perceptron {
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    float[][] train = images(folder, "train");
    float[] trainLabels = labels(folder, "train");
    float[][] test = images(folder, "t10k");
    float[] testLabels = labels(folder, "t10k");
    int cut = train.length * 8 / 10;
    try (NDManager manager = NDManager.newBaseManager();
        Model model = Model.newInstance("perceptron")) {
      NDArray x = manager.create(flat(train), new Shape(train.length, 784));
      NDArray y = manager.create(trainLabels);
      ArrayDataset part = dataset(x.get("0:" + cut), y.get("0:" + cut), true);
      ArrayDataset validation = dataset(x.get(cut + ":"), y.get(cut + ":"), false);
      ArrayDataset held =
          dataset(manager.create(flat(test), new Shape(test.length, 784)), manager.create(testLabels), false);
      long start = System.nanoTime();
      SequentialBlock block =
          new SequentialBlock()
              .add(Blocks.batchFlattenBlock(784))
              .add(Linear.builder().setUnits(128).build())
              .add(Activation::relu)
              .add(Linear.builder().setUnits(10).build());
      model.setBlock(block);
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
              .addEvaluator(new Accuracy())
              .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).optEpsilon(1e-7f).build())
              .addTrainingListeners(TrainingListener.Defaults.basic());
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(32, 784));
        EasyTrain.fit(trainer, 5, part, validation);
        double seconds = (System.nanoTime() - start) / 1e9;
        double accuracy = trainer.getTrainingResult().getValidateEvaluation("Accuracy");
        int hits = 0;
        for (var batch : held.getData(manager)) {
          NDArray said = trainer.evaluate(batch.getData()).singletonOrThrow().argMax(1);
          hits += (int) said.eq(batch.getLabels().singletonOrThrow().toType(said.getDataType(), false)).sum().getLong();
          batch.close();
        }
        System.out.printf(
            java.util.Locale.ROOT,
            "{\"seconds\": %f, \"validation\": %f, \"test\": %f}%n",
            seconds, accuracy, hits / (double) test.length);
      }
    }
  }

  private static ArrayDataset dataset(NDArray x, NDArray y, boolean shuffle) {
    return new ArrayDataset.Builder().setData(x).optLabels(y).setSampling(32, shuffle).build();
  }

  private static float[] flat(float[][] rows) {
    float[] all = new float[rows.length * 784];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * 784, 784);
    }
    return all;
  }

  private static float[][] images(Path folder, String part) throws Exception {
    try (DataInputStream in = open(folder, part + "-images-idx3-ubyte.gz")) {
      in.skipNBytes(4);
      float[][] rows = new float[in.readInt()][784];
      in.skipNBytes(8);
      byte[] row = new byte[784];
      for (float[] target : rows) {
        in.readFully(row);
        for (int i = 0; i < 784; i++) {
          target[i] = (row[i] & 0xff) / 255f;
        }
      }
      return rows;
    }
  }

  private static float[] labels(Path folder, String part) throws Exception {
    try (DataInputStream in = open(folder, part + "-labels-idx1-ubyte.gz")) {
      in.skipNBytes(4);
      float[] labels = new float[in.readInt()];
      for (int i = 0; i < labels.length; i++) {
        labels[i] = in.readUnsignedByte();
      }
      return labels;
    }
  }

  private static DataInputStream open(Path folder, String name) throws Exception {
    return new DataInputStream(new GZIPInputStream(new FileInputStream(folder.resolve(name).toFile()), 1 << 16));
  }
}
