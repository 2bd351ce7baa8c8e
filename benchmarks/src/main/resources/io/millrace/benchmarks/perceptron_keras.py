"""Keras's side: the perceptron on MNIST, TensorFlow backend. Argument: the MNIST folder."""
import gzip, json, os, struct, sys, time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

folder = sys.argv[1]


def images(name):
    raw = gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz").read()
    n, h, w = struct.unpack(">3I", raw[4:16])
    return np.frombuffer(raw, np.uint8, offset=16).reshape(n, h, w).astype(np.float32) / 255


def labels(name):
    return np.frombuffer(gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)


x, y, tx, ty = images("train"), labels("train"), images("t10k"), labels("t10k")
keras.utils.set_random_seed(1)
start = time.perf_counter()
model = keras.Sequential([
    keras.layers.Input((28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=5, batch_size=32, validation_split=0.2, verbose=2)
seconds = time.perf_counter() - start
test = model.evaluate(tx, ty, verbose=0)[1]
print(json.dumps({"seconds": seconds, "validation": history.history["val_accuracy"][-1], "test": float(test)}))
