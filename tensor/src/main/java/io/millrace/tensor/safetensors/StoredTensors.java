package io.millrace.tensor.safetensors;

import io.millrace.tensor.Tensor;
import java.util.Set;

/** Tensors in files, by name; read when they are asked for. */
public interface StoredTensors extends AutoCloseable {
  /** The tensors' names. */
  Set<String> names();

  /** What the files say about a tensor. */
  Entry entry(String name);

  /** A copy of a tensor in the current scope. */
  Tensor tensor(String name);

  /** Copies a tensor's elements into one of the same size and type. */
  void read(String name, Tensor target);

  @Override
  void close();
}
