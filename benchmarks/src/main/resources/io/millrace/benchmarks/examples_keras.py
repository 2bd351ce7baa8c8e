"""Keras's side of bench examples, TensorFlow backend. Arguments: the example, the folder of its data."""
import gzip, json, math, os, struct, sys, time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

example, folder = sys.argv[1], sys.argv[2]
L = keras.layers
keras.utils.set_random_seed(1)
start = time.perf_counter()


def mnist(part):
    raw = gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz").read()
    n, h, w = struct.unpack(">3I", raw[4:16])
    x = np.frombuffer(raw, np.uint8, offset=16).reshape(n, h * w).astype(np.float32) / 255
    return x, np.frombuffer(gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)


if example == "mnist-perceptron-sgd":
    m = keras.Sequential([L.Input((784,)), L.Dense(100, "relu"), L.Dense(10, "softmax")])
    m.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    m.fit(*mnist("train"), batch_size=64, epochs=10, validation_split=0.1, verbose=0)
    out = {"accuracy": float(m.evaluate(*mnist("t10k"), verbose=0)[1])}
else:
    text = gzip.open(f"{folder}/input.txt.gz").read().decode()
    places = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = np.array([places[c] for c in text])
    cut = len(ids) - round(len(ids) * 0.1)

    def rows(part):
        n = (len(part) - 1) // 64
        return part[: n * 64].reshape(n, 64), part[1 : n * 64 + 1].reshape(n, 64)

    m = keras.Sequential([L.Input((64,)), L.Embedding(len(places), 64), L.GRU(128, return_sequences=True), L.Dense(len(places), "softmax")])
    m.compile(keras.optimizers.Adam(3e-3, global_clipnorm=1.0), "sparse_categorical_crossentropy")
    m.fit(*rows(ids[:cut]), batch_size=64, epochs=5, verbose=0)
    out = {"perplexity": math.exp(m.evaluate(*rows(ids[cut:]), verbose=0))}
print(json.dumps({**out, "seconds": time.perf_counter() - start}))
