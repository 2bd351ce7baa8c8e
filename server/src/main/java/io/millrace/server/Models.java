package io.millrace.server;

import io.millrace.ground.message.Nearest;
import io.millrace.serve.Deployment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The deployments of one server, by name. */
final class Models implements AutoCloseable {
  private final Map<String, Deployment> deployments = new ConcurrentSkipListMap<>();

  void add(String name, Path folder) {
    deployments.put(name, Deployment.start(name, folder));
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
  }
}
