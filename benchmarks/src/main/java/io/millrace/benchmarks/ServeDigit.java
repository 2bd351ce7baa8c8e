package io.millrace.benchmarks;

import io.millrace.benchmarks.Benchmark.Setting;
import io.millrace.benchmarks.Benchmark.Table;
import io.millrace.ground.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One digit a request through {@code /v2/models/digits/infer}: latency on one connection and
 * throughput on 32, driven by wrk on the same machine. Expects a server on the loopback address
 * (MILLRACE_BENCH_URL, default port 8080).
 */
final class ServeDigit {
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
  private static final Pattern SHARE = Pattern.compile("(50|99)%\\s+([\\d.]+)(us|ms|s)");

  private ServeDigit() {}

  static Table run(Setting setting) {
    String base =
        System.getenv()
            .getOrDefault("MILLRACE_BENCH_URL", "http://127.0.0.1:8080")
            .replaceFirst("/$", "");
    if (!List.of("127.0.0.1", "localhost", "[::1]")
        .contains(String.valueOf(URI.create(base).getHost()))) {
      throw new BenchmarkException("serve.loopback", base);
    }
    Path script = script();
    List<List<String>> rows = new ArrayList<>();
    wrk(base, script, 4, 3); // warm
    for (int round = 0; round < setting.rounds(); round++) {
      for (int connections : new int[] {1, 32}) {
        String output = wrk(base, script, connections, 8);
        Matcher rate = RATE.matcher(output);
        if (!rate.find() || output.contains("Non-2xx")) {
          throw new BenchmarkException("serve.failed", base, output.strip());
        }
        rows.add(
            List.of(
                connections + " connections",
                Benchmark.number(Double.parseDouble(rate.group(1)), 0),
                latency(output, "50"),
                latency(output, "99")));
        setting.told().accept(String.join("  ", rows.getLast()));
      }
    }
    return new Table("serve-digit", List.of("load", "requests/s", "p50 ms", "p99 ms"), rows);
  }

  private static String latency(String output, String share) {
    Matcher matcher = SHARE.matcher(output);
    while (matcher.find()) {
      if (matcher.group(1).equals(share)) {
        double factor =
            switch (matcher.group(3)) {
              case "us" -> 0.001;
              case "ms" -> 1;
              default -> 1000;
            };
        return Benchmark.number(Double.parseDouble(matcher.group(2)) * factor, 2);
      }
    }
    return "?";
  }

  private static String wrk(String base, Path script, int connections, int seconds) {
    try {
      Process process =
          new ProcessBuilder(
                  "wrk",
                  "-t1",
                  "-c" + connections,
                  "-d" + seconds + "s",
                  "--latency",
                  "-s",
                  script.toString(),
                  base + "/v2/models/digits/infer")
              .redirectErrorStream(true)
              .start();
      String output;
      try (InputStream in = process.getInputStream()) {
        output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new BenchmarkException("serve.failed", base, output.strip());
      }
      return output;
    } catch (IOException e) {
      throw new BenchmarkException("wrk.absent");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("serve.failed", base, "interrupted");
    }
  }

  private static Path script() {
    var digit = io.millrace.data.source.Digits.heldOut();
    float[] pixels = new float[784];
    digit.inputs().copy(0, pixels, 0);
    int[] data = new int[784];
    for (int i = 0; i < data.length; i++) {
      data[i] = (int) pixels[i];
    }
    String body =
        Json.text(
            Map.of(
                "inputs",
                List.of(
                    Map.of(
                        "name",
                        "image",
                        "shape",
                        List.of(1, 28, 28),
                        "datatype",
                        "FP32",
                        "data",
                        data))));
    try {
      Path script = Files.createTempFile("millrace-bench", ".lua");
      Files.writeString(
          script,
          "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\nwrk.body = '%s'\n"
              .formatted(body));
      return script;
    } catch (IOException e) {
      throw new BenchmarkException("serve.failed", "", String.valueOf(e.getMessage()));
    }
  }
}
