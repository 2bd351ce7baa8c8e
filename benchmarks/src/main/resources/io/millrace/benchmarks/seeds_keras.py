"""Keras's side of bench seeds, TensorFlow backend. Arguments: the work's name, steps."""
import json, os, sys, time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

work, steps = sys.argv[1], int(sys.argv[2])
BATCHES = 20
L, O = keras.layers, keras.optimizers
keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
ce = "sparse_categorical_crossentropy"
batch, shape, classes = {
    "perceptron-sgd": (64, (784,), 10), "softmax": (64, (784,), 10), "cnn": (32, (28, 28, 1), 10),
    "house-prices": (128, (8,), 0), "perceptron-100": (128, (100,), 10), "gru-text": (64, (64,), 65),
    "cnn-lstm": (64, (168, 15), 0),
}[work]
layers, o, loss = {
    "perceptron-sgd": lambda: ([L.Dense(100, "relu"), L.Dense(10, "softmax")], O.SGD(0.01), ce),
    "softmax": lambda: ([L.Dense(10, "softmax")], O.Adam(1e-3), ce),
    "cnn": lambda: ([L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(), L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(),
                     L.Flatten(), L.Dense(64, "relu"), L.Dense(10, "softmax")], O.Adam(1e-3), ce),
    "house-prices": lambda: ([L.Dense(128, "relu"), L.Dense(128, "relu"), L.Dense(64, "relu"), L.Dense(1)], O.AdamW(2e-3), keras.losses.Huber()),
    "perceptron-100": lambda: ([L.Dense(64, "relu"), L.Dense(64, "relu"), L.Dense(10, "softmax")], O.AdamW(1e-3, weight_decay=0.02), ce),
    "gru-text": lambda: ([L.Embedding(65, 64), L.GRU(128, return_sequences=True), L.Dense(65, "softmax")], O.Adam(3e-3, global_clipnorm=1.0), ce),
    "cnn-lstm": lambda: ([L.Conv1D(32, 3, padding="causal", activation="relu"), L.MaxPooling1D(), L.LSTM(48), L.Dense(64, "relu"), L.Dense(24)],
                         O.Adam(2e-3), "mae"),
}[work]()
m = keras.Sequential([L.Input(shape)] + layers)
m.compile(o, loss, metrics=["accuracy"] if classes else [])
n = batch * BATCHES
x = rng.integers(0, 65, (n, 64)) if work == "gru-text" else rng.standard_normal((n,) + shape).astype("float32")
y = {"gru-text": lambda: rng.integers(0, 65, (n, 64)), "house-prices": lambda: rng.standard_normal((n, 1)).astype("float32"),
     "cnn-lstm": lambda: rng.standard_normal((n, 24)).astype("float32")}.get(work, lambda: rng.integers(0, 10, n))()
epochs = max(1, steps // BATCHES)
m.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)  # every side warms up as long as it is measured
start = time.perf_counter()
m.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
print(json.dumps({"ms": (time.perf_counter() - start) * 1e3 / (epochs * BATCHES)}))
