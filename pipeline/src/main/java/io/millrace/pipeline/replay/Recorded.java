package io.millrace.pipeline.replay;

import io.millrace.pipeline.PipelineException;
import io.millrace.train.loss.Loss;
import io.millrace.train.loss.Losses;
import io.millrace.train.loss.Regression;
import io.millrace.train.loss.SparseCategoricalCrossEntropy;
import io.millrace.train.optimizer.Adadelta;
import io.millrace.train.optimizer.Adagrad;
import io.millrace.train.optimizer.Adam;
import io.millrace.train.optimizer.AdamW;
import io.millrace.train.optimizer.NAdam;
import io.millrace.train.optimizer.OptimizerSpec;
import io.millrace.train.optimizer.RAdam;
import io.millrace.train.optimizer.RmsProp;
import io.millrace.train.optimizer.Sgd;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** Losses and optimizers of recorded trainings, in PyTorch's words and with its defaults. */
final class Recorded {
  private Recorded() {}

  static Loss loss(Path folder, String name) {
    if (name.contains("sparse categorical cross entropy")) {
      return new SparseCategoricalCrossEntropy(0);
    }
    if (name.contains("squared error") || name.equals("mse")) {
      return Losses.meanSquaredError();
    }
    if (name.contains("absolute error") || name.equals("l1")) {
      return Losses.meanAbsoluteError();
    }
    if (name.contains("huber") || name.contains("smooth l1")) {
      return new Regression.Huber(1);
    }
    if (name.contains("binary cross entropy")) {
      return Losses.binaryCrossEntropy();
    }
    throw new PipelineException("replay.loss", folder, name);
  }

  static OptimizerSpec optimizer(Path folder, JsonNode node) {
    double rate = node.has("rate") ? node.path("rate").doubleValue() : node.path("lr").asDouble(0);
    double decay = node.path("weight_decay").asDouble(node.path("decay").asDouble(0));
    double beta1 = node.path("beta1").asDouble(0.9);
    double beta2 = node.path("beta2").asDouble(0.999);
    double epsilon = node.path("eps").asDouble(1e-8);
    double momentum = node.path("momentum").asDouble(0);
    String name = node.path("name").asString("");
    return switch (name) {
      case "adam" -> new Adam(rate, beta1, beta2, epsilon, decay);
      case "adamw" -> new AdamW(rate, decay, beta1, beta2, epsilon);
      case "nadam" -> new NAdam(rate, beta1, beta2, epsilon, decay, 0.004);
      case "radam" -> new RAdam(rate, beta1, beta2, epsilon, decay);
      case "rmsprop" ->
          new RmsProp(
              rate,
              node.path("alpha").asDouble(0.99),
              momentum,
              epsilon,
              node.path("centered").asBoolean(false),
              decay);
      case "adagrad" -> new Adagrad(rate, 0, node.path("eps").asDouble(1e-10), decay);
      case "adadelta" ->
          new Adadelta(
              rate, node.path("rho").asDouble(0.9), node.path("eps").asDouble(1e-6), decay);
      case "sgd" -> new Sgd(rate, momentum, node.path("nesterov").asBoolean(false), decay);
      default -> throw new PipelineException("replay.optimizer", folder, name);
    };
  }

  /** The longest gradient, 0 for no limit. */
  static double clip(JsonNode settings) {
    return settings
        .path("clip_norm")
        .asDouble(settings.path("optimizer").path("clip_norm").asDouble(0));
  }
}
