package io.millrace.benchmarks;

import io.millrace.ground.json.Json;
import io.millrace.model.architecture.CausalModel;
import io.millrace.model.architecture.Inputs;
import io.millrace.model.folder.Pretrained;
import io.millrace.model.transformer.Cache;
import io.millrace.model.transformer.KeyValueCache;
import io.millrace.model.transformer.Stack;
import io.millrace.tensor.DType;
import io.millrace.tensor.Mode;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensor;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Threads;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Millrace's side of {@code bench lm-inference}. Arguments: the work, the models' folder. */
public final class LmJob {
  private static final int PROMPT = 256;
  private static final int SENTENCES = 256;
  private static final int BATCH = 32;

  private LmJob() {}

  /** Measures and prints a JSON object. */
  public static void main(String[] arguments) {
    Threads.use(Runtime.getRuntime().availableProcessors());
    Path folder = Path.of(arguments[1]);
    double rate =
        switch (arguments[0]) {
          case "prefill" -> prefill(folder.resolve("qwen"));
          case "decode" -> decode(folder.resolve("qwen"));
          case "bert" -> sentences(folder.resolve("bert"), false);
          case "bert-bucketed" -> sentences(folder.resolve("bert"), true);
          default -> pictures(folder.resolve("vit"));
        };
    System.out.println(Json.text(Map.of("rate", rate)));
  }

  /** Things a second, after as much warm-up. */
  private static double rate(Runnable body, int count, double seconds) {
    double rate = 0;
    for (int pass = 0; pass < 2; pass++) {
      long start = System.nanoTime();
      int done = 0;
      while (System.nanoTime() - start < seconds * 1e9) {
        body.run();
        done += count;
      }
      rate = done / ((System.nanoTime() - start) / 1e9);
    }
    return rate;
  }

  private static Tensor prompt(int length) {
    long[] ids = new long[length];
    for (int i = 0; i < length; i++) {
      ids[i] = 100 + 7L * i;
    }
    return Tensors.of(ids, 1, length);
  }

  private static double prefill(Path folder) {
    try (Pretrained model = Pretrained.open(folder);
        Mode mode = Mode.noGradient()) {
      CausalModel causal = (CausalModel) model.architecture();
      return rate(
          () -> {
            try (Scope scope = Scope.open();
                Cache cache = KeyValueCache.growing(causal.stack())) {
              read(causal, cache, prompt(PROMPT), 0);
            }
          },
          PROMPT,
          6);
    }
  }

  /** The likeliest next token. */
  private static long read(CausalModel model, Cache cache, Tensor ids, long from) {
    long time = ids.size(1);
    Tensor state = model.lastState(ids, Stack.Places.from(from, time), cache, null);
    return model.logits(state).argmax(2).toLongs()[0];
  }

  private static double decode(Path folder) {
    int count = 32;
    int length = 64;
    try (Pretrained model = Pretrained.open(folder);
        Mode mode = Mode.noGradient()) {
      CausalModel causal = (CausalModel) model.architecture();
      double[] rates = new double[4];
      for (int round = 0; round < rates.length; round++) {
        try (Scope scope = Scope.open();
            Cache cache = KeyValueCache.growing(causal.stack())) {
          long next = read(causal, cache, prompt(length), 0);
          long start = System.nanoTime();
          for (int i = 0; i < count; i++) {
            try (Scope step = Scope.open()) {
              next = read(causal, cache, Tensors.of(new long[] {next}, 1, 1), length + i);
            }
          }
          rates[round] = count / ((System.nanoTime() - start) / 1e9);
        }
      }
      double[] warm = Arrays.copyOfRange(rates, 1, rates.length);
      Arrays.sort(warm);
      return warm[1];
    }
  }

  private static double sentences(Path folder, boolean bucketed) {
    int[] lengths = new int[SENTENCES];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = 8 + i * 37 % 121;
    }
    if (bucketed) {
      Arrays.sort(lengths);
    }
    try (Pretrained model = Pretrained.open(folder)) {
      return rate(() -> encode(model, lengths), SENTENCES, 20);
    }
  }

  private static void encode(Pretrained model, int[] lengths) {
    for (int from = 0; from < lengths.length; from += BATCH) {
      int[] some = Arrays.copyOfRange(lengths, from, from + BATCH);
      int width = Arrays.stream(some).max().orElseThrow();
      long[] ids = new long[BATCH * width];
      long[] mask = new long[BATCH * width];
      Arrays.fill(ids, 5);
      for (int row = 0; row < BATCH; row++) {
        Arrays.fill(mask, row * width, row * width + some[row], 1);
      }
      try (Scope scope = Scope.open()) {
        model.forward(
            new Inputs(
                Map.of(
                    "input_ids", Tensors.of(ids, BATCH, width),
                    "attention_mask", Tensors.of(mask, BATCH, width))));
      }
    }
  }

  private static double pictures(Path folder) {
    try (Pretrained model = Pretrained.open(folder);
        Scope outer = Scope.open()) {
      Tensor pixels = Tensors.normal(8, 3, 224, 224).to(DType.FLOAT32);
      return rate(
          () -> {
            try (Scope scope = Scope.open()) {
              model.forward(new Inputs(Map.of("pixel_values", pixels)));
            }
          },
          8,
          10);
    }
  }
}
