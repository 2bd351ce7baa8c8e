package io.millrace.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Loads libtorch once per process, set up as measured (docs/decisions/0002): no reference queue in
 * the binding, MKL on x86-64 because it shares libtorch's thread pool, natives unpacked under
 * Millrace's home. Every tensor starts it by itself; {@code start} is for those who want the second
 * it takes at a time of their choosing.
 *
 * <p>System properties that override: {@code millrace.natives} (folder), {@code millrace.blas}
 * ({@code mkl} or {@code openblas}), {@code millrace.threads} (see {@link Threads}), {@code
 * millrace.wait} ({@code active} or {@code passive}: how idle threads wait, OpenBLAS only), {@code
 * millrace.memory} (bytes that one tensor may have at most; the machine's memory by default).
 */
public final class Engine {
  private static final long LARGEST_TENSOR = Long.getLong("millrace.memory", physicalMemory());

  private static volatile boolean started;
  private static @Nullable RuntimeException failure;

  private Engine() {}

  /**
   * Loads the engine if it is not loaded yet.
   *
   * @throws TensorException if this JDK or platform cannot run it; the message says what can
   */
  public static void start() {
    if (!started) {
      load();
    }
  }

  /** What runs underneath, for provenance and {@code doctor}: libtorch's version and the BLAS. */
  public static String description() {
    start();
    return "libtorch " + version() + ", " + blas();
  }

  /** The version of the libtorch binding, known without loading it. */
  public static String version() {
    String version = torch.class.getPackage().getImplementationVersion();
    return version == null ? "2.10.0" : version;
  }

  /** {@code mkl} or {@code openblas}: which library multiplies matrices. */
  public static String blas() {
    boolean intel =
        Loader.getPlatform().endsWith("x86_64") && !Loader.getPlatform().startsWith("macos");
    return System.getProperty("millrace.blas", intel ? "mkl" : "openblas");
  }

  static void checkSize(String operator, long elements, DType dtype) {
    if (elements > LARGEST_TENSOR / dtype.bytes()) {
      throw new TensorException("memory.tensor", operator, elements, dtype, LARGEST_TENSOR >> 20);
    }
  }

  /** As {@link #checkSize(String, long, DType)} for a product of sizes, however large. */
  static void checkSize(String operator, DType dtype, long... sizes) {
    long all = 1;
    for (long size : sizes) {
      all = size > 0 && all > Long.MAX_VALUE / size ? Long.MAX_VALUE : all * size;
    }
    checkSize(operator, all, dtype);
  }

  static boolean cudaUsable() {
    start();
    return torch.hasCUDA();
  }

  private static synchronized void load() {
    if (started) {
      return;
    }
    if (failure != null) {
      throw failure;
    }
    try {
      checkJdk(Runtime.version());
      prepare();
      Loader.load(torch.class);
      Threads.start();
      started = true;
    } catch (TensorException e) {
      failure = e;
      throw e;
    } catch (LinkageError | RuntimeException e) {
      TensorException problem =
          new TensorException(
              "engine.load", Loader.getPlatform(), String.valueOf(e.getMessage()), e);
      failure = problem;
      throw problem;
    }
  }

  /** JDK 25.0.0 to 25.0.2 can corrupt pinned arrays under G1 (JDK-8377811). */
  static void checkJdk(Runtime.Version version) {
    if (version.feature() < 25
        || (version.feature() == 25 && version.interim() == 0 && version.update() < 3)) {
      throw new TensorException("engine.jdk", version);
    }
  }

  private static void prepare() {
    System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    if (System.getProperty("org.bytedeco.javacpp.cachedir") == null) {
      System.setProperty("org.bytedeco.javacpp.cachedir", nativesFolder().toString());
    }
    narrowSearch();
    if (blas().equals("mkl")) {
      System.setProperty("org.bytedeco.openblas.load", "mkl");
      if (Processor.says(Processor.INTEL)) {
        // Else a row's bits depend on how many rows there are, by eights too (decision 10).
        environment("MKL_CBWR", "AUTO,STRICT");
      }
    } else {
      // libgomp and OpenBLAS's own pool spin against each other; the variables count only before
      // libgomp loads.
      String wait =
          System.getProperty("millrace.wait", "passive").toUpperCase(java.util.Locale.ROOT);
      environment("OMP_WAIT_POLICY", wait);
      if (wait.equals("ACTIVE")) {
        environment("OPENBLAS_NUM_THREADS", "1");
      }
    }
  }

  /**
   * Without natives for graphics processors on the class path their libraries are not looked for:
   * three hundred names in each of a hundred jars, a fifth of a second.
   */
  private static void narrowSearch() {
    String extension = "org.bytedeco.javacpp.platform.extension";
    String natives = Loader.getPlatform() + "-gpu/" + System.mapLibraryName("jnitorch");
    if (System.getProperty(extension) == null
        && org.bytedeco.pytorch.Tensor.class.getResource(natives) == null) {
      System.setProperty(extension, "");
    }
  }

  /** Where natives are unpacked: {@code millrace.natives}, or a folder under Millrace's home. */
  public static Path nativesFolder() {
    String folder = System.getProperty("millrace.natives");
    if (folder != null) {
      return Path.of(folder);
    }
    String home = System.getenv("MILLRACE_HOME");
    Path base =
        home != null ? Path.of(home) : Path.of(System.getProperty("user.home"), ".millrace");
    return base.resolve("natives");
  }

  /**
   * Sets a variable of this very process, where the user has not; the JVM's copy stays as it was.
   */
  private static void environment(String name, String value) {
    if (System.getenv(name) != null) {
      return;
    }
    MethodHandle setenv =
        Natives.system(
            "setenv",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    if (setenv == null) {
      return; // Windows: the launcher sets it
    }
    try (Arena arena = Arena.ofConfined()) {
      int ignored =
          (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
    } catch (Throwable e) {
      throw new IllegalStateException("setenv " + name, e);
    }
  }

  private static long physicalMemory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
