package io.millrace.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that throws random, mostly wrong calls at the whole public API. The name of each call
 * is noted in a mapped file first, so that whoever started it can tell which one crashed the JVM.
 *
 * <p>Arguments: seed, number of calls, note file, file of names to leave out (may be absent).
 */
public final class WrongCalls {
  private static final List<Class<?>> API =
      List.of(
          Tensor.class,
          Tensors.class,
          Neural.class,
          Mode.class,
          Scope.class,
          RandomState.class,
          Threads.class,
          Shape.class,
          Device.class,
          DType.class,
          FusedOptimizer.class,
          TensorList.class,
          Convolution.class,
          Pooling.class,
          Normalization.class,
          Recurrent.class,
          Attention.class);

  /** Fewer calls a scope tell better which call corrupted the heap. */
  private static final int PER_SCOPE = Integer.getInteger("calls.per.scope", 25);

  private final Random random;
  private final List<Tensor> pool = new ArrayList<>();
  private final List<Method> methods = new ArrayList<>();
  private final List<String> operators;
  private final Scope shared = Scope.shared();
  private static final int NOTE = 4096;
  private final java.util.ArrayDeque<String> latest = new java.util.ArrayDeque<>();
  private Tensor dead;
  private Tensor foreign;
  private int refused;
  private int accepted;
  private volatile int current;

  private WrongCalls(long seed, Set<String> leftOut) {
    random = new Random(seed);
    operators = new ArrayList<>(Operators.names());
    operators.removeAll(leftOut);
    for (Class<?> type : API) {
      for (Method method : type.getMethods()) {
        if (Modifier.isPublic(method.getDeclaringClass().getModifiers())
            && method.getDeclaringClass().getName().startsWith("io.millrace")
            && !(type == Scope.class && method.getName().equals("close"))
            && !leftOut.contains(nameOf(method))) {
          methods.add(method);
        } else if (method.getDeclaringClass() == NativeTensor.class) {
          methods.add(method);
        }
      }
    }
    methods.sort((a, b) -> a.toString().compareTo(b.toString()));
  }

  public static void main(String[] args) throws Exception {
    Set<String> leftOut = new HashSet<>();
    if (args.length > 3 && Files.exists(Path.of(args[3]))) {
      leftOut.addAll(Files.readAllLines(Path.of(args[3])));
    }
    try (FileChannel channel =
        FileChannel.open(
            Path.of(args[2]),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      MappedByteBuffer note = channel.map(FileChannel.MapMode.READ_WRITE, 0, NOTE);
      new WrongCalls(Long.parseLong(args[0]), leftOut).run(Integer.parseInt(args[1]), note);
    }
  }

  private void run(int calls, MappedByteBuffer note) throws InterruptedException {
    Threads.use(1);
    watch();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  Scope scope = Scope.open();
                  foreign = Tensors.ones(DType.FLOAT32, 2);
                });
    other.join();
    for (int done = 0; done < calls; ) {
      try (Scope scope = Scope.open()) {
        dead = Tensors.zeros(DType.FLOAT32, 2);
        dead.close();
        pool.clear();
        fillPool();
        for (int i = 0; i < PER_SCOPE && done < calls; i++, done++) {
          one(note, done);
        }
      } catch (TensorException e) {
        // A scope or mode that the random calls left open closes with the thread.
      }
    }
    System.out.println("calls " + calls + " accepted " + accepted + " refused " + refused);
  }

  /**
   * Some operators loop as often as a number says: a call over eight seconds ends the program with
   * 77.
   */
  private void watch() {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              int seen = -1;
              while (true) {
                LockSupport.parkNanos(1_000_000_000L * Integer.getInteger("patience", 100));
                if (current == seen) {
                  Runtime.getRuntime().halt(77);
                }
                seen = current;
              }
            });
  }

  private void fillPool() {
    long[][] shapes = {{}, {0}, {3}, {2, 3}, {3, 2}, {4, 4}, {2, 3, 4}, {1, 3, 8, 8}};
    for (DType dtype :
        List.of(
            DType.FLOAT32,
            DType.FLOAT64,
            DType.INT64,
            DType.INT32,
            DType.BOOL,
            DType.BFLOAT16,
            DType.UINT8,
            DType.COMPLEX64)) {
      pool.add(Tensors.full(random.nextInt(5) - 2, dtype, shapes[random.nextInt(shapes.length)]));
    }
    pool.add(Tensors.normal(shapes[random.nextInt(shapes.length)]).trackGradient());
    pool.add(Tensors.normal(2, 3));
    pool.add(Tensors.normal(3, 3));
    pool.add(shared.adopt(Tensors.normal(2, 2)));
    pool.add(Tensors.normal(3, 4).transpose(0, 1));
  }

  private void one(MappedByteBuffer note, int index) {
    boolean door = random.nextInt(3) > 0;
    String name = door ? operators.get(random.nextInt(operators.size())) : "";
    Method method = door ? null : methods.get(random.nextInt(methods.size()));
    // The latest first: memory that one call spoils may bring down a later one.
    latest.addFirst(index + " " + (door ? name : nameOf(method)));
    if (latest.size() > 30) {
      latest.removeLast();
    }
    byte[] text = String.join("\n", latest).getBytes(StandardCharsets.UTF_8);
    current = index;
    note.put(0, Arrays.copyOf(text, NOTE));
    try {
      Object result = door ? throughTheDoor(name) : invoke(method);
      accepted++;
      if (result instanceof Tensor tensor && tensor.isAlive() && tensor.elements() < 10_000) {
        pool.set(random.nextInt(pool.size()), tensor);
      } else if (result instanceof AutoCloseable opened && !(result instanceof Scope)) {
        try {
          opened.close();
        } catch (Exception e) {
          refused++;
        }
      } else if (result instanceof Scope scope && scope.isConfined()) {
        try {
          scope.close();
        } catch (TensorException e) {
          refused++;
        }
      }
    } catch (TensorException e) {
      if (e.getMessage().isBlank() || e.getMessage().contains("frame #")) {
        throw new AssertionError("a message that helps nobody: " + e.getMessage());
      }
      refused++;
    }
  }

  private Object throughTheDoor(String name) {
    Operator operator = Operator.lookUp(name);
    if (operator == null) {
      throw new AssertionError(name);
    }
    List<Parameter> parameters = operator.parameters();
    Object[] arguments = new Object[Math.max(0, parameters.size() - random.nextInt(2))];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = random.nextInt(40) == 0 ? anything() : ofType(parameters.get(i).type());
    }
    List<Object> results = Operators.call(name, arguments);
    return results.isEmpty() ? null : results.getFirst();
  }

  private Object ofType(String type) {
    if (type.startsWith("Optional[")) {
      return random.nextInt(3) == 0 ? null : ofType(type.substring(9, type.length() - 1));
    }
    if (type.startsWith("List[")) {
      List<Object> list = new ArrayList<>();
      for (int i = random.nextInt(5); i > 0; i--) {
        list.add(ofType(type.substring(5, type.length() - 1)));
      }
      return list;
    }
    return switch (type) {
      case "Tensor" -> tensor();
      case "number" -> random.nextBoolean() ? (Number) whole() : (Number) real();
      case "int", "SymInt" -> whole();
      case "float" -> real();
      case "bool" -> random.nextBoolean();
      case "str" -> List.of("mean", "none", "x", "", "ij->ji", "reflect").get(random.nextInt(6));
      case "ScalarType" -> DType.values()[random.nextInt(DType.values().length)];
      case "Device" -> Device.CPU;
      case "Layout" -> "strided";
      case "MemoryFormat" -> random.nextBoolean() ? "contiguous" : "channels_last";
      default -> null;
    };
  }

  private Object anything() {
    Object[] all = {
      null, "x", 3, 2.5, true, tensor(), dead, foreign, new long[] {1, -1}, List.of(), DType.INT8
    };
    return all[random.nextInt(all.length)];
  }

  private Tensor tensor() {
    int which = random.nextInt(60);
    return which == 0 ? dead : which == 1 ? foreign : pool.get(random.nextInt(pool.size()));
  }

  private long whole() {
    long[] all = {
      0,
      1,
      2,
      3,
      4,
      -1,
      -2,
      7,
      64,
      -100,
      1 << 20,
      1L << 40,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE
    };
    return all[random.nextInt(random.nextInt(4) == 0 ? all.length : 7)];
  }

  private double real() {
    double[] all = {0, 1, 0.5, -1, 2.5, 1e-8, Double.NaN, Double.POSITIVE_INFINITY, -1e300, 1e300};
    return all[random.nextInt(all.length)];
  }

  private Object invoke(Method method) {
    Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = ofJava(method.getParameterTypes()[i], method.toGenericString());
    }
    Object receiver =
        Modifier.isStatic(method.getModifiers()) ? null : ofJava(method.getDeclaringClass(), "");
    try {
      return method.invoke(receiver, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof TensorException problem) {
        throw problem;
      }
      if (e.getCause() instanceof NullPointerException
          || e.getCause() instanceof IllegalArgumentException
          || e.getCause() instanceof OutOfMemoryError) {
        refused++;
        return null;
      }
      throw new AssertionError(method + " threw " + e.getCause(), e.getCause());
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  private Object ofJava(Class<?> type, String method) {
    if (type == Tensor.class || type == NativeTensor.class) {
      return tensor();
    }
    if (type == int.class) {
      return (int) whole();
    }
    if (type == long.class) {
      return whole();
    }
    if (type == double.class) {
      return real();
    }
    if (type == Number.class) {
      return random.nextBoolean() ? (Number) whole() : (Number) real();
    }
    if (type == int[].class) {
      return new int[] {(int) whole(), (int) whole()};
    }
    if (type == long[].class) {
      return new long[] {whole(), whole()};
    }
    if (type == float[].class) {
      return new float[random.nextInt(7)];
    }
    if (type == double[].class) {
      return new double[random.nextInt(7)];
    }
    if (type == byte[].class) {
      return new byte[random.nextInt(6000)];
    }
    if (type == String.class) {
      return List.of("cpu", "cuda:0", "cuda:999", "", "auto", "F32").get(random.nextInt(6));
    }
    if (type == List.class) {
      List<Tensor> tensors = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        tensors.add(tensor());
      }
      return tensors;
    }
    if (type == Shape.class) {
      return Shape.of(random.nextInt(4), random.nextInt(4));
    }
    if (type == Device.class) {
      return random.nextInt(4) == 0 ? Device.cuda(random.nextInt(3)) : Device.CPU;
    }
    if (type == Scope.class) {
      return random.nextBoolean() ? Scope.current() : shared;
    }
    if (type == Mode.class) {
      return Mode.noGradient();
    }
    if (type == MemorySegment.class) {
      return MemorySegment.ofArray(new byte[random.nextInt(40)]);
    }
    if (type == FusedOptimizer.class) {
      return FusedOptimizer.sgd(List.of(tensor()), List.of(tensor()));
    }
    if (type == TensorList.class) {
      return TensorList.of(List.of(tensor(), tensor()));
    }
    if (type == Recurrent.Weights.class) {
      return new Recurrent.Weights(tensor(), tensor(), tensor(), tensor());
    }
    if (type == Object.class) {
      return anything();
    }
    if (type == Attention.Looking.class) {
      return new Attention.Looking(
          real(), random.nextBoolean() ? real() : null, random.nextBoolean(), real());
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
    }
    throw new AssertionError("no values for " + type + " in " + method);
  }

  private static String nameOf(Method method) {
    return method.getDeclaringClass().getSimpleName() + "#" + method.getName();
  }
}
