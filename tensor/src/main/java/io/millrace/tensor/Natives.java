package io.millrace.tensor;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** Functions of the system and of libraries that libtorch brings along. */
final class Natives {
  private Natives() {}

  /** A function of the system's C library; absent where there is none of this name. */
  static @Nullable MethodHandle system(String name, FunctionDescriptor shape) {
    return function(Linker.nativeLinker().defaultLookup(), name, shape);
  }

  /** A function of a library; absent where there is none of this name. */
  static @Nullable MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor shape) {
    return library
        .find(name)
        .map(address -> Linker.nativeLinker().downcallHandle(address, shape))
        .orElse(null);
  }
}
