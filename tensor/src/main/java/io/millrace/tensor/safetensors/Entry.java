package io.millrace.tensor.safetensors;

import io.millrace.tensor.DType;
import io.millrace.tensor.Shape;

/**
 * One tensor of a file.
 *
 * @param name its name, unique in the file
 * @param dtype its element type
 * @param shape its shape
 * @param begin its first byte, counted from the end of the header
 * @param end one past its last byte
 */
public record Entry(String name, DType dtype, Shape shape, long begin, long end) {}
