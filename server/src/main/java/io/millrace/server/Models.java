package io.millrace.server;

import io.millrace.ground.message.Nearest;
import io.millrace.serve.Deployment;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.language.Precision;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The deployments of one server, by name. */
final class Models implements AutoCloseable {
  private final Map<String, Deployment> deployments = new ConcurrentSkipListMap<>();
  private final Map<String, LanguageDeployment> languages = new ConcurrentSkipListMap<>();

  void add(String name, Path folder, Precision precision) {
    if (LanguageDeployment.fits(folder)) {
      languages.put(name, LanguageDeployment.start(name, folder, precision));
    } else {
      deployments.put(name, Deployment.start(name, folder));
    }
  }

  /** The language model of this name. */
  LanguageDeployment language(String name) {
    LanguageDeployment model = languages.get(name);
    if (model == null) {
      throw new ServerException(
          404, "model.unknown", name, Nearest.of(name, languages.keySet()), languages.keySet());
    }
    return model;
  }

  /** All language models. */
  List<LanguageDeployment> languages() {
    return List.copyOf(languages.values());
  }

  /** Whether every model answers. */
  boolean areReady() {
    return deployments.values().stream().allMatch(Deployment::isReady)
        && languages.values().stream().allMatch(LanguageDeployment::isReady);
  }

  /** Waits until every model answers. */
  void awaitReady(Duration most) {
    deployments.values().forEach(model -> model.awaitReady(most));
    languages.values().forEach(model -> model.awaitReady(most));
  }

  Deployment get(String name) {
    Deployment deployment = deployments.get(name);
    if (deployment == null) {
      throw new ServerException(
          404, "model.unknown", name, Nearest.of(name, deployments.keySet()), deployments.keySet());
    }
    return deployment;
  }

  Collection<Deployment> all() {
    return deployments.values();
  }

  @Override
  public void close() {
    deployments.values().forEach(Deployment::close);
    languages.values().forEach(LanguageDeployment::close);
  }
}
