"""PyTorch's side: the perceptron on MNIST. Arguments: the MNIST folder, "tensors" or "loader"."""
import gzip, json, struct, sys, time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

folder, way = sys.argv[1], sys.argv[2]


def images(name):
    raw = gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz").read()
    n, h, w = struct.unpack(">3I", raw[4:16])
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=16).reshape(n, h * w).astype(np.float32) / 255)


def labels(name):
    raw = gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz").read()
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=8).astype(np.int64))


x, y, tx, ty = images("train"), labels("train"), images("t10k"), labels("t10k")
cut = int(len(x) * 0.8)
vx, vy, x, y = x[cut:], y[cut:], x[:cut], y[:cut]
torch.manual_seed(1)
start = time.perf_counter()
model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
shown = 0.0
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=32, shuffle=True)


def batches():
    if way == "loader":
        yield from loader
    else:
        order = torch.randperm(len(x))
        for i in range(0, len(x), 32):
            rows = order[i : i + 32]
            yield x[rows], y[rows]


validation = 0.0
for epoch in range(5):
    total, hits, seen = 0.0, 0, 0
    for bx, by in batches():
        optimizer.zero_grad()
        scores = model(bx)
        loss = F.cross_entropy(scores, by)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            hits += int((scores.argmax(1) == by).sum())
        total += loss.item() * len(by)
        seen += len(by)
        now = time.perf_counter()
        if now - shown > 0.1:
            shown = now
            print(f"{seen} loss {total / seen:.4f}", file=sys.stderr)
    with torch.inference_mode():
        hits, vloss = 0, 0.0
        for i in range(0, len(vx), 512):
            scores = model(vx[i : i + 512])
            vloss += F.cross_entropy(scores, vy[i : i + 512], reduction="sum").item()
            hits += int((scores.argmax(1) == vy[i : i + 512]).sum())
        validation = hits / len(vx)
seconds = time.perf_counter() - start
with torch.inference_mode():
    test = float((model(tx).argmax(1) == ty).float().mean())
print(json.dumps({"seconds": seconds, "validation": validation, "test": test}))
