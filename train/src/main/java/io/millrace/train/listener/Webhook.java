package io.millrace.train.listener;

import io.millrace.ground.json.Json;
import io.millrace.train.History;
import io.millrace.train.TrainException;
import io.millrace.train.Training;
import io.millrace.train.TrainingListener;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Posts a JSON document to an address after every epoch and at the end: {@code {"event":
 * "epoch"|"end", "epoch": …, "epochs": …, "values": {…}}}. An address that does not answer holds
 * nothing up; it is reported once.
 */
public final class Webhook implements TrainingListener {
  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private final URI address;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(LONGEST).build();
  private boolean reported;

  /** Posts to an http or https address. */
  public Webhook(URI address) {
    if (!"http".equals(address.getScheme()) && !"https".equals(address.getScheme())) {
      throw new TrainException("webhook.address", address);
    }
    this.address = address;
  }

  @Override
  public void finished(Training training, History.Epoch epoch) {
    post("epoch", epoch.number(), training.epochs(), epoch.values());
  }

  @Override
  public void ended(Training training) {
    int done = training.history().epochs().size();
    post("end", done, training.epochs(), done == 0 ? Map.of() : training.history().last().values());
  }

  private void post(String event, int epoch, int epochs, Map<String, Double> values) {
    String body =
        Json.text(Map.of("event", event, "epoch", epoch, "epochs", epochs, "values", values));
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .timeout(LONGEST)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    client
        .sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .whenComplete(
            (response, failure) -> {
              if (failure != null) {
                report(String.valueOf(failure.getMessage()));
              } else if (response.statusCode() >= 400) {
                report("HTTP " + response.statusCode());
              }
            });
  }

  private synchronized void report(String reason) {
    if (!reported) {
      reported = true;
      LOG.warn("webhook {} does not take what is posted: {}", address, reason);
    }
  }
}
