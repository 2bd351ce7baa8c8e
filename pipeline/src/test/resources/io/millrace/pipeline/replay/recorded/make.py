"""Makes the fixtures beside it with the real PyTorch: python make.py (needs torch and safetensors)."""
import json, pathlib

import torch
from safetensors.torch import save_file
from torch import nn

here = pathlib.Path(__file__).parent
ACT = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def make(name, sizes, act, optimizer, steps, batch, loss="ce"):
    torch.manual_seed(sum(map(ord, name)))
    modules, layers = [], []
    for i in range(len(sizes) - 1):
        layers.append({"dense": [sizes[i], sizes[i + 1]], "weights": str(len(modules))})
        modules.append(nn.Linear(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            layers.append({act: True})
            modules.append(ACT[act]())
    model = nn.Sequential(*modules)
    kind = optimizer["name"]
    rate, decay = optimizer["rate"], optimizer.get("weight_decay", 0)
    if kind == "sgd":
        opt = torch.optim.SGD(model.parameters(), lr=rate, momentum=optimizer["momentum"], nesterov=optimizer["nesterov"], weight_decay=decay)
    else:
        cls = torch.optim.AdamW if kind == "adamw" else torch.optim.Adam
        opt = cls(model.parameters(), lr=rate, betas=(optimizer["beta1"], optimizer["beta2"]), eps=optimizer["eps"], weight_decay=decay)
    folder = here / name
    folder.mkdir(exist_ok=True)
    save_file({k: v.clone() for k, v in model.state_dict().items()}, folder / "initial.safetensors")
    batches, losses = {}, []
    for s in range(steps):
        x = torch.randn(batch, sizes[0])
        y = torch.randint(0, sizes[-1], (batch,)) if loss == "ce" else torch.randn(batch, sizes[-1])
        batches[f"x.{s}"], batches[f"y.{s}"] = x, y
        opt.zero_grad()
        value = (nn.functional.cross_entropy if loss == "ce" else nn.functional.mse_loss)(model(x), y)
        value.backward()
        opt.step()
        losses.append(value.item())
    save_file(batches, folder / "batches.safetensors")
    save_file({k: v.clone() for k, v in model.state_dict().items()}, folder / "final.safetensors")
    text = "mean sparse categorical cross entropy on logits" if loss == "ce" else "mean squared error"
    (folder / "parity.json").write_text(json.dumps({"layers": layers, "loss": text, "optimizer": optimizer, "losses": losses, "torch": torch.__version__}, indent=1))


sgd = dict(name="sgd", rate=0.05, momentum=0.9, nesterov=False)
make("sgd-momentum", [20, 16, 4], "relu", sgd, 12, 8)
make("sgd-nesterov", [20, 16, 4], "tanh", {**sgd, "nesterov": True}, 12, 8)
make("sgd-decay", [7, 5, 3], "sigmoid", {**sgd, "momentum": 0.0, "weight_decay": 0.01}, 12, 5)
adam = dict(name="adam", rate=0.01, beta1=0.8, beta2=0.95, eps=1e-8)
make("adam-three-layers", [10, 16, 16, 5], "relu", adam, 12, 8)
make("adam-decay-mse", [6, 9, 2], "tanh", {**adam, "weight_decay": 0.1}, 12, 8, "mse")
make("adamw", [12, 8, 3], "relu", {**adam, "name": "adamw", "weight_decay": 0.1}, 12, 8)
