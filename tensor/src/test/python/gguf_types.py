"""Tensors of every type, by the gguf package: gguf_types.py FOLDER SEED writes types.gguf and what it reads from it."""
import sys
import numpy as np
from gguf import GGMLQuantizationType as T, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize
from safetensors.numpy import save_file

folder, random = sys.argv[1], np.random.default_rng(int(sys.argv[2]))
writer = GGUFWriter(folder + "/types.gguf", "test")
writer.add_string("text", "水车 mill")
writer.add_uint8("small", 200)
writer.add_int64("large", -(2**40))
writer.add_float32("real", 1e-6)
writer.add_float64("double", 0.1)
writer.add_bool("truth", True)
writer.add_array("list", ["a", "", "磨"])
writer.add_array("numbers", [1.5, -2.0])
expected = {}
for kind in (T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K):
    elements, size = GGML_QUANT_SIZES[kind]
    rows, blocks = 3, 512 // elements
    if kind == T.F32:
        raw = random.standard_normal((rows, 512)).astype(np.float32)
        expected["F32"] = raw
        writer.add_tensor("F32", raw)
        continue
    data = random.integers(0, 256, (rows, blocks, size), dtype=np.uint8)
    # Scales are halves: any finite ones will do.
    def half(at):
        data[:, :, at : at + 2] = random.uniform(-2, 2, (rows, blocks)).astype(np.float16).view(np.uint8).reshape(rows, blocks, 2)
    if kind == T.F16:
        half(0)
    elif kind == T.BF16:
        data = (random.standard_normal((rows, 512)).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8).reshape(rows, blocks, size)
    elif kind == T.Q6_K:
        half(size - 2)
    else:
        half(0)
        if kind in (T.Q4_1, T.Q5_1, T.Q4_K, T.Q5_K):
            half(2)
    raw = data.reshape(rows, blocks * size)
    expected[kind.name] = dequantize(raw, kind).astype(np.float32).reshape(rows, 512)
    writer.add_tensor(kind.name, raw, raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
save_file(expected, folder + "/expected.safetensors")
