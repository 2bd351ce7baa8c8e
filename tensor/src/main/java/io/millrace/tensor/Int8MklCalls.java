package io.millrace.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * MKL's {@code cblas_gemm_s8u8s32} with a packed matrix, on Linux and Intel's processors that sum
 * four byte products at once (VNNI): elsewhere MKL cuts sums of two off at 16 bits.
 */
final class Int8MklCalls {
  private static final int ROW_MAJOR = 101;
  private static final int PLAIN = 111;
  private static final int TRANSPOSED = 112;
  private static final int PACKED = 151;
  private static final int SECOND_MATRIX = 162;
  private static final int ONE_OFFSET = 173;

  /** What packing is told; the matrix then serves any number of rows. */
  private static final int ROWS = 16;

  private static final int READ_AND_WRITE = 3;
  private static final int PRIVATE_AND_FRESH = 0x22;

  private static final @Nullable MethodHandle SIZE =
      mkl("cblas_gemm_s8u8s32_pack_get_size", shape(JAVA_LONG, JAVA_INT, 4));
  private static final @Nullable MethodHandle PACK =
      mkl(
          "cblas_gemm_s8u8s32_pack",
          shape(null, JAVA_INT, 6).appendArgumentLayouts(ADDRESS, JAVA_INT, ADDRESS));
  private static final @Nullable MethodHandle COMPUTE =
      mkl(
          "cblas_gemm_s8u8s32_compute",
          shape(null, JAVA_INT, 7)
              .appendArgumentLayouts(JAVA_FLOAT, ADDRESS, JAVA_INT, JAVA_BYTE)
              .appendArgumentLayouts(ADDRESS, JAVA_INT, JAVA_BYTE)
              .appendArgumentLayouts(JAVA_FLOAT, ADDRESS, JAVA_INT, ADDRESS));
  private static final @Nullable MethodHandle MAP =
      Natives.system(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final @Nullable MethodHandle UNMAP =
      Natives.system("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private static final MemorySegment NO_OFFSET = Arena.global().allocate(JAVA_INT);

  private static final boolean HERE =
      System.getProperty("os.name").equals("Linux")
          && Processor.says(Processor.INTEL)
          && Processor.says("avx512_vnni")
          && Stream.of(SIZE, PACK, COMPUTE, MAP, UNMAP).allMatch(Objects::nonNull)
          && sumsAreWhole();

  private Int8MklCalls() {}

  static boolean areHere() {
    return HERE;
  }

  /** Asks for the largest sums: MKL can be told to use fewer instructions than there are. */
  private static boolean sumsAreWhole() {
    int size = 64;
    byte[] ones = new byte[size * size];
    Arrays.fill(ones, (byte) 255);
    byte[] most = new byte[size * size];
    Arrays.fill(most, (byte) 127);
    try (Arena arena = Arena.ofConfined()) {
      Optional<Packed> packed = pack(arena.allocateFrom(JAVA_BYTE, most), size, size);
      MemorySegment x = arena.allocateFrom(JAVA_BYTE, ones);
      boolean whole =
          packed.isPresent()
              && largest(packed.get(), x, 1, arena)
              && largest(packed.get(), x, size, arena);
      packed.ifPresent(Packed::close);
      return whole;
    }
  }

  private static boolean largest(Packed packed, MemorySegment x, int rows, Arena arena) {
    int numbers = rows * packed.out;
    MemorySegment y = arena.allocate(JAVA_INT, numbers);
    packed.multiply(x, rows, y);
    return IntStream.range(0, numbers)
        .allMatch(i -> y.getAtIndex(JAVA_INT, i) == packed.in * 255 * 127);
  }

  private static FunctionDescriptor shape(
      @Nullable MemoryLayout result, MemoryLayout argument, int count) {
    MemoryLayout[] arguments = new MemoryLayout[count];
    Arrays.fill(arguments, argument);
    return result == null
        ? FunctionDescriptor.ofVoid(arguments)
        : FunctionDescriptor.of(result, arguments);
  }

  private static @Nullable MethodHandle mkl(String name, FunctionDescriptor shape) {
    Engine.start();
    return Natives.function(SymbolLookup.loaderLookup(), name, shape);
  }

  /**
   * Packs a matrix.
   *
   * @param matrix int8 [out, in]
   * @return nothing: the system gives no room for it
   */
  static Optional<Packed> pack(MemorySegment matrix, int out, int in) {
    try {
      long bytes = (long) handle(SIZE).invokeExact(SECOND_MATRIX, ROWS, out, in);
      // Fresh from the system: MKL asks for three times the room that it writes to, and what is
      // never written takes no memory.
      long address =
          (long)
              handle(MAP)
                  .invokeExact(
                      MemorySegment.NULL, bytes, READ_AND_WRITE, PRIVATE_AND_FRESH, -1, 0L);
      if (address == -1) {
        return Optional
            .empty(); // where what is asked for counts, used or not (vm.overcommit_memory=2)
      }
      MemorySegment room = MemorySegment.ofAddress(address).reinterpret(bytes);
      handle(PACK)
          .invokeExact(ROW_MAJOR, SECOND_MATRIX, TRANSPOSED, ROWS, out, in, matrix, in, room);
      return Optional.of(new Packed(room, out, in));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle handle(@Nullable MethodHandle handle) {
    return Objects.requireNonNull(handle);
  }

  /**
   * A packed matrix.
   *
   * @param memory from the system, given back on closing
   */
  record Packed(MemorySegment memory, int out, int in) implements AutoCloseable {
    /**
     * x · matrixᵀ.
     *
     * @param x bytes without sign [rows, in]
     * @param y takes ints [rows, out]
     */
    void multiply(MemorySegment x, int rows, MemorySegment y) {
      try {
        handle(COMPUTE)
            .invokeExact(
                ROW_MAJOR,
                PLAIN,
                PACKED,
                ONE_OFFSET,
                rows,
                out,
                in,
                1f,
                x,
                in,
                (byte) 0,
                memory,
                in,
                (byte) 0,
                0f,
                y,
                out,
                NO_OFFSET);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      try {
        int ignored = (int) handle(UNMAP).invokeExact(memory.address(), memory.byteSize());
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
