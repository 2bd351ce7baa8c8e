package io.millrace.serve.worker;

import io.millrace.ground.message.Problem;
import io.millrace.serve.LanguageDeployment;
import io.millrace.serve.Predictor;
import io.millrace.serve.language.Precision;
import io.millrace.serve.language.TextWork;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's program: loads one package or folder, connects to the socket of the process that
 * started it, and answers until that process goes. Arguments: socket, folder, and for language
 * models the precision and adapters, each as name=folder. The token comes in the environment, where
 * other users cannot read it.
 */
public final class WorkerMain {
  /** The environment variable with the token. */
  public static final String TOKEN = "MILLRACE_WORKER_TOKEN";

  private static final Logger LOG = LoggerFactory.getLogger(WorkerMain.class);

  private WorkerMain() {}

  /** Runs the worker. */
  public static void main(String[] args) {
    // Ctrl-C and service managers signal the whole group: the server lets answers end, then goes.
    for (String signal : List.of("INT", "TERM")) {
      sun.misc.Signal.handle(new sun.misc.Signal(signal), sun.misc.SignalHandler.SIG_IGN);
    }
    try {
      run(args);
    } catch (IOException e) {
      // The parent has gone, or ended this deployment while it started: nobody is there to be told.
      Runtime.getRuntime().halt(0);
    }
  }

  private static void run(String[] args) throws IOException {
    Path socket = Path.of(args[0]);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16));
      String token = Objects.requireNonNull(System.getenv(TOKEN), TOKEN);
      Path folder = Path.of(args[1]);
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16));
      Predictor predictor = null;
      LanguageWork language = null;
      try {
        if (!LanguageDeployment.fits(folder)) {
          predictor = Loading.on(() -> loaded(folder));
        } else {
          Precision precision = args.length > 2 ? Precision.of(args[2]) : Precision.AS_STORED;
          TextWork work = Loading.on(() -> TextWork.open(folder, precision, adapters(args)));
          language = LanguageWork.start(work, out);
        }
      } catch (Problem e) {
        List<String> texts = new ArrayList<>(Frame.failed(0, e).texts());
        texts.set(0, token); // whose key the parent knows, it believes
        new Frame(0, Frame.Kind.FAILED, 0, texts, List.of()).write(out);
        out.flush();
        return;
      }
      new Frame(0, Frame.Kind.HELLO, 0, List.of(token), List.of()).write(out);
      out.flush();
      if (predictor == null) {
        Objects.requireNonNull(language).serve(in);
      } else {
        serve(in, out, predictor);
      }
    }
  }

  private static Map<String, Path> adapters(String[] args) {
    Map<String, Path> adapters = new LinkedHashMap<>();
    for (int i = 3; i < args.length; i++) {
      int equals = args[i].indexOf('=');
      adapters.put(args[i].substring(0, equals), Path.of(args[i].substring(equals + 1)));
    }
    return adapters;
  }

  private static Predictor loaded(Path folder) {
    Predictor predictor = Predictor.open(folder);
    // The first pass sets up what libtorch sets up lazily, so that no caller waits for it.
    long[] input = predictor.model().manifest().input();
    int size = (int) java.util.Arrays.stream(input).reduce(1, (a, b) -> a * b);
    predictor.outputs(
        io.millrace.data.Rows.of(new float[size], io.millrace.tensor.Shape.of(input)));
    return predictor;
  }

  private static void serve(DataInputStream in, DataOutputStream out, Predictor predictor) {
    Batcher batcher =
        new Batcher(
            predictor,
            answers -> {
              try {
                for (Frame answer : answers) {
                  answer.write(out);
                }
                out.flush();
              } catch (IOException e) {
                Runtime.getRuntime().halt(0); // nobody is listening any more
              }
            });
    Thread.ofPlatform()
        .name("millrace-engine")
        .daemon()
        .start(
            () -> {
              try {
                batcher.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Throwable e) {
                LOG.error("the engine failed; the supervisor starts another worker", e);
                Runtime.getRuntime().halt(70);
              }
            });
    try {
      while (true) {
        batcher.add(Frame.read(in));
      }
    } catch (IOException e) {
      Runtime.getRuntime().halt(0); // the parent has gone
    }
  }
}
