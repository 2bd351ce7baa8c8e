package io.millrace.serve;

import io.millrace.data.Rows;
import io.millrace.data.Table;
import io.millrace.data.prepare.Preparation;
import io.millrace.evaluate.Evaluator;
import io.millrace.evaluate.explain.Explanation;
import io.millrace.evaluate.explain.IntegratedGradients;
import io.millrace.ground.json.Json;
import io.millrace.model.Manifest;
import io.millrace.model.ModelPackage;
import io.millrace.model.Network;
import io.millrace.model.Signature;
import io.millrace.tensor.Threads;
import io.millrace.train.Outputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model package that answers in this JVM.
 *
 * <pre>{@code
 * try (Predictor model = Predictor.open(Path.of("digits"))) {
 *   List<Values> answer = model.predict(List.of(Values.of("image", pixels, 1, 28, 28)));
 * }
 * }</pre>
 *
 * <p>Any platform thread may ask.
 */
public final class Predictor implements AutoCloseable {
  private static final int EXPLAIN_STEPS = 32;

  private final ModelPackage model;
  private final Preparation preparation;
  private final Network network;

  private Predictor(ModelPackage model, Preparation preparation, Network network) {
    this.model = model;
    this.preparation = preparation;
    this.network = network;
  }

  /** Loads a package. */
  public static Predictor open(Path folder) {
    ModelPackage model = ModelPackage.read(folder);
    Preparation preparation =
        Json.read(
            model.transforms(), Preparation.class, folder.resolve("transforms.json").toString());
    Predictor predictor = new Predictor(model, preparation, model.network(folder));
    Threads.useForWork(2 * predictor.network.plan().operations());
    return predictor;
  }

  /** What the model takes and gives. */
  public Signature signature() {
    return model.signature();
  }

  /** What the package says about itself. */
  public ModelPackage model() {
    return model;
  }

  /**
   * Checks and prepares a request: the rows that the network reads.
   *
   * @throws io.millrace.ground.message.Problem if it does not fit the signature
   */
  public Rows prepare(List<Values> inputs) {
    return Inputs.rows(signature(), preparation, inputs);
  }

  /** Prepares the rows of a table, whose columns are the model's inputs. */
  public Rows prepare(Table table) {
    if (preparation instanceof Preparation.OfTable tables) {
      return tables.apply(table);
    }
    if (preparation instanceof Preparation.OfSeries series) {
      return series.apply(series.last(table));
    }
    throw ServeException.wrong("input.table", model.manifest().name());
  }

  /** Predicts. */
  public List<Values> predict(List<Values> inputs) {
    return answer(Outputs.of(network, prepare(inputs)));
  }

  /** The network's outputs for prepared rows. */
  public float[][] outputs(Rows rows) {
    return Outputs.of(network, rows);
  }

  /** Outputs in the signature's form: for classes, the probabilities and the class. */
  public List<Values> answer(float[][] outputs) {
    Signature.Port port = signature().outputs().getFirst();
    if (port.shape().length > 2) {
      return List.of(steps(port, outputs));
    }
    int width = (int) port.shape()[1];
    boolean classes = model.manifest().task() == Manifest.Task.CLASSIFICATION;
    float[] all = new float[outputs.length * width];
    String[] chosen = new String[outputs.length];
    for (int row = 0; row < outputs.length; row++) {
      for (int i = 0; i < width; i++) {
        all[row * width + i] =
            classes ? (float) Evaluator.probability(outputs[row], i) : outputs[row][i];
      }
      if (classes && port.classes() != null) {
        chosen[row] = port.classes().get(Evaluator.chosen(outputs[row]));
      }
    }
    List<Values> answer = new ArrayList<>();
    answer.add(Values.of(port.name(), all, outputs.length, width));
    if (classes) {
      answer.add(Values.of("class", chosen));
    }
    return answer;
  }

  /** Probabilities of every step, [rows, steps, classes]. */
  private static Values steps(Signature.Port port, float[][] outputs) {
    int size = outputs[0].length;
    float[] all = new float[outputs.length * size];
    for (int row = 0; row < outputs.length; row++) {
      System.arraycopy(outputs[row], 0, all, row * size, size);
    }
    long[] shape = port.shape().clone();
    shape[0] = outputs.length;
    return Values.of(port.name(), all, shape);
  }

  /**
   * Predicts one row and attributes the chosen output to the inputs by integrated gradients.
   *
   * @param target the output to explain, or −1 for the chosen one
   * @return the prediction, then {@code attributions}, shaped as the prepared row
   */
  public List<Values> explain(List<Values> inputs, int target) {
    Rows rows = prepare(inputs);
    if (rows.count() != 1) {
      throw ServeException.wrong("explain.rows", rows.count());
    }
    float[] row = new float[(int) rows.shape().elements()];
    rows.copy(0, row, 0);
    float[][] outputs = Outputs.of(network, rows);
    int explained =
        target >= 0 ? target : outputs[0].length == 1 ? 0 : Evaluator.chosen(outputs[0]);
    Explanation explanation =
        new IntegratedGradients(network, EXPLAIN_STEPS).explain(row, explained);
    List<Values> answer = new ArrayList<>(answer(outputs));
    answer.add(
        Values.of("attributions", explanation.attributions(), rows.shape().withRows(1).sizes()));
    return answer;
  }

  /** Frees the network. */
  @Override
  public void close() {
    network.close();
  }
}
