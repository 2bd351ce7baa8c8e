"""PyTorch's side of bench seeds, eager. Arguments: the work's name, steps."""
import json, sys, time

import torch
from torch import nn
from torch.nn import functional as F

work, steps = sys.argv[1], int(sys.argv[2])
BATCHES = 20
torch.manual_seed(1)


class Gru(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.g, self.d = nn.Embedding(65, 64), nn.GRU(64, 128, batch_first=True), nn.Linear(128, 65)

    def forward(self, x):
        return self.d(self.g(self.e(x))[0]).transpose(1, 2)


class ConvLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.c, self.l = nn.Conv1d(15, 32, 3), nn.LSTM(32, 48, batch_first=True)
        self.a, self.b = nn.Linear(48, 64), nn.Linear(64, 24)

    def forward(self, x):
        x = F.max_pool1d(F.relu(self.c(F.pad(x.transpose(1, 2), (2, 0)))), 2)
        x = self.l(x.transpose(1, 2))[0][:, -1]
        return self.b(F.relu(self.a(x)))


def augment():
    import torchvision.transforms.v2 as t
    from torch.utils.data import DataLoader, Dataset

    class Pictures(Dataset):
        def __init__(self):
            self.x = torch.randint(0, 256, (4096, 3, 32, 32), dtype=torch.uint8)
            self.t = t.Compose([t.ToDtype(torch.float32, scale=True), t.RandomHorizontalFlip(), t.RandomCrop(32, padding=4),
                                t.RandomRotation(15, interpolation=t.InterpolationMode.BILINEAR)])

        def __len__(self):
            return len(self.x)

        def __getitem__(self, i):
            return self.t(self.x[i]), 0

    loader = DataLoader(Pictures(), 64, shuffle=True, num_workers=2, persistent_workers=True)
    best = 1e9
    for _ in range(4):
        start = time.perf_counter()
        for _ in loader:
            pass
        best = min(best, (time.perf_counter() - start) * 1e6 / 4096)
    print(json.dumps({"ms": best}))


if work == "augment":
    augment()
    sys.exit()

adam = lambda m, lr: torch.optim.Adam(m.parameters(), lr=lr, eps=1e-7, fused=True)
adamw = lambda m, lr, d: torch.optim.AdamW(m.parameters(), lr=lr, eps=1e-7, weight_decay=d, fused=True)
ce = F.cross_entropy
batch, shape, classes, clip = {
    "perceptron-sgd": (64, (784,), 10, 0), "softmax": (64, (784,), 10, 0), "cnn": (32, (1, 28, 28), 10, 0),
    "house-prices": (128, (8,), 0, 0), "perceptron-100": (128, (100,), 10, 0), "gru-text": (64, (64,), 65, 1),
    "cnn-lstm": (64, (168, 15), 0, 0),
}[work]
if work == "perceptron-sgd":
    m = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
    o, loss = torch.optim.SGD(m.parameters(), lr=0.01, fused=True), ce
elif work == "softmax":
    m = nn.Linear(784, 10)
    o, loss = adam(m, 1e-3), ce
elif work == "cnn":
    m = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                      nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10))
    o, loss = adam(m, 1e-3), ce
elif work == "house-prices":
    m = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1))
    o, loss = adamw(m, 2e-3, 0.004), F.huber_loss
elif work == "perceptron-100":
    m = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    o, loss = adamw(m, 1e-3, 0.02), ce
elif work == "gru-text":
    m = Gru()
    o, loss = adam(m, 3e-3), ce
else:
    m = ConvLstm()
    o, loss = adam(m, 2e-3), F.l1_loss
n = batch * BATCHES
x = torch.randint(0, 65, (n, 64)) if work == "gru-text" else torch.randn(n, *shape)
y = {"gru-text": lambda: torch.randint(0, 65, (n, 64)), "house-prices": lambda: torch.randn(n, 1),
     "cnn-lstm": lambda: torch.randn(n, 24)}.get(work, lambda: torch.randint(0, 10, (n,)))()


def epoch():
    hits, total = 0, 0.0
    order = torch.randperm(n)
    for i in range(0, n, batch):
        rows = order[i : i + batch]
        bx, by = x[rows], y[rows]
        o.zero_grad()
        s = m(bx)
        v = loss(s, by)
        v.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(m.parameters(), clip)
        o.step()
        total += v.item()
        if classes:
            with torch.no_grad():
                hits += int((s.argmax(1) == by).sum())


epochs = max(1, steps // BATCHES)
for _ in range(epochs):  # every side warms up as long as it is measured
    epoch()
start = time.perf_counter()
for _ in range(epochs):
    epoch()
print(json.dumps({"ms": (time.perf_counter() - start) * 1e3 / (epochs * BATCHES)}))
