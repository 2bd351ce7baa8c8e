package io.millrace.tensor;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.OperatorName;
import org.jspecify.annotations.Nullable;

/**
 * The one checked door to every operator of libtorch's dispatcher, also those that the typed
 * methods leave out.
 *
 * <pre>{@code
 * Tensor sum = (Tensor) Operators.call("aten::add.Tensor", a, b, 2).getFirst();   // a + 2·b
 * }</pre>
 *
 * <p>Arguments are checked against the operator's schema before the call. Trailing ones may be left
 * out where the schema has defaults. In Java: {@code Tensor}, {@code number} and {@code float}
 * ({@link Number}), {@code int}, {@code bool}, {@code str}, {@code ScalarType} ({@link DType}),
 * {@code Device}, lists as {@link List} or arrays, {@code null} for an absent optional. Operators
 * that cannot be made safe from here are refused by name; docs/decisions/0003 tells how they were
 * found.
 */
public final class Operators {
  private static final Map<String, Operator> KNOWN = new ConcurrentHashMap<>();

  private Operators() {}

  /**
   * Calls an operator.
   *
   * @param name {@code namespace::name} or {@code namespace::name.overload}
   * @return the results in the schema's order; absent tensors are {@code null}
   * @throws TensorException if the name is unknown or refused, an argument does not fit the schema,
   *     or libtorch refuses the values
   */
  public static List<@Nullable Object> call(String name, @Nullable Object... arguments) {
    return find(name).call(arguments);
  }

  /**
   * The operator's schema as PyTorch writes it, for example {@code aten::relu(Tensor self) ->
   * Tensor}.
   */
  public static String schema(String name) {
    return find(name).toString();
  }

  /** The names of all operators that may be called. */
  public static Set<String> names() {
    Engine.start();
    Set<String> names = new TreeSet<>();
    Dispatcher dispatcher = Dispatcher.singleton();
    OperatorName all = dispatcher.getAllOpNames();
    for (long i = 0; i < all.limit(); i++) {
      OperatorName one = all.getPointer(OperatorName.class, i);
      String overload = Text.of(one.overload_name());
      String name = Text.of(one.name()) + (overload.isEmpty() ? "" : "." + overload);
      if (!Refused.contains(name) && Operator.lookUp(name) != null) {
        names.add(name);
      }
    }
    all.close();
    return names;
  }

  private static Operator find(String name) {
    Engine.start();
    Operator known = KNOWN.get(name);
    if (known == null) {
      if (Refused.contains(name)) {
        throw new TensorException("operator.refused", name);
      }
      known = Operator.lookUp(name);
      if (known == null) {
        throw new TensorException("operator.unknown", name);
      }
      KNOWN.put(name, known);
    }
    return known;
  }
}
