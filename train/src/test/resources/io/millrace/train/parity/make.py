"""Makes parity.json and parity.safetensors: every loss with its gradient (Keras 3, PyTorch, or the paper's formula in
float64), ten steps of every optimizer, and every schedule (PyTorch). Run: python make.py"""
import json, math, os
os.environ["KERAS_BACKEND"] = "torch"  # TensorFlow and PyTorch's optimizers do not live in one process
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np, torch, keras
from safetensors.numpy import save_file
K = keras.losses
rng = np.random.default_rng(20261122)
T, out = {}, {"losses": [], "optimizers": [], "schedules": [], "plateau": []}
f32 = lambda a: np.ascontiguousarray(np.asarray(a, dtype="float32"))

def keras_loss(name, yaml, fn, scores, targets, last="linear", ints=False):
    s = torch.tensor(f32(scores), requires_grad=True)
    y = {"linear": lambda v: v, "softmax": lambda v: v.softmax(-1), "sigmoid": torch.sigmoid, "softplus": torch.nn.functional.softplus}[last](s)
    v = fn(torch.tensor(np.asarray(targets)), y)
    v.backward()
    put(name, yaml, last, scores, targets, v.item(), s.grad.numpy(), "keras " + keras.__version__)
def torch_loss(name, yaml, fn, scores, targets, last="linear", source=None):
    s = torch.tensor(f32(scores).astype("float64"), requires_grad=True)
    v = fn(s, torch.tensor(np.asarray(targets)))
    v.backward()
    put(name, yaml, last, scores, targets, v.item(), s.grad.numpy(), source or "torch " + torch.__version__)
def put(name, yaml, last, scores, targets, value, grad, source):
    t = np.asarray(targets)
    T[f"loss/{name}/scores"] = f32(scores); T[f"loss/{name}/gradient"] = f32(grad)
    T[f"loss/{name}/targets"] = np.ascontiguousarray(t.astype("int64")) if t.dtype.kind == "i" else f32(t)
    out["losses"].append({"name": name, "loss": yaml, "last": last, "value": value, "source": source})

n, c = 6, 4
S = rng.standard_normal((n, c)) * 2
lab = rng.integers(0, c, n)
dist = rng.random((n, c)); dist /= dist.sum(1, keepdims=True)
bits = rng.integers(0, 2, (n, c)).astype("float32")
num = rng.standard_normal((n, c))
cnt = rng.integers(0, 7, (n, c)).astype("float32")
onehot = np.eye(c, dtype="float32")[lab]
keras_loss("sparse", "sparse-categorical-cross-entropy", lambda t, y: K.SparseCategoricalCrossentropy(from_logits=True)(t, y), S, lab)
keras_loss("sparse-steps", "sparse-categorical-cross-entropy", lambda t, y: K.SparseCategoricalCrossentropy(from_logits=True)(t, y), rng.standard_normal((3, 5, c)), rng.integers(0, c, (3, 5)))
steps = rng.integers(0, c, (3, 5)); steps[0, 3:] = -100; steps[2, 1] = -100
torch_loss("sparse-ignored", "sparse-categorical-cross-entropy", lambda s, t: torch.nn.functional.cross_entropy(s.flatten(0, 1), t.flatten()), rng.standard_normal((3, 5, c)), steps)
torch_loss("sparse-smooth", "{sparse-categorical-cross-entropy: 0.1}", lambda s, t: torch.nn.functional.cross_entropy(s, t, label_smoothing=0.1), S, lab)
keras_loss("categorical", "categorical-cross-entropy", lambda t, y: K.CategoricalCrossentropy(from_logits=True)(t, y), S, f32(dist))
keras_loss("categorical-smooth", "{categorical-cross-entropy: 0.2}", lambda t, y: K.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)(t, y), S, onehot)
keras_loss("binary", "binary-cross-entropy", lambda t, y: K.BinaryCrossentropy(from_logits=True)(t, y), S, bits)
keras_loss("binary-smooth", "{binary-cross-entropy: 0.1}", lambda t, y: K.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)(t, y), S, bits)
keras_loss("binary-focal", "binary-focal-cross-entropy", lambda t, y: K.BinaryFocalCrossentropy(from_logits=True)(t, y), S, bits)
keras_loss("binary-focal-balanced", "{binary-focal-cross-entropy: {gamma: 1.5, alpha: 0.3}}", lambda t, y: K.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5, from_logits=True)(t, y), S, bits)
keras_loss("categorical-focal", "categorical-focal-cross-entropy", lambda t, y: K.CategoricalFocalCrossentropy(from_logits=True)(t, y), S, onehot)
keras_loss("mse", "mean-squared-error", K.MeanSquaredError(), S, f32(num))
keras_loss("mse-sigmoid", "mean-squared-error", K.MeanSquaredError(), S, f32(num), "sigmoid")
keras_loss("mae", "mean-absolute-error", K.MeanAbsoluteError(), S, f32(num))
keras_loss("huber", "{huber: 0.7}", K.Huber(0.7), S, f32(num))
keras_loss("log-cosh", "log-cosh", K.LogCosh(), S, f32(num))
keras_loss("poisson", "poisson", K.Poisson(), S, cnt, "softplus")
keras_loss("kl", "kullback-leibler", K.KLDivergence(), S, f32(dist), "softmax")
keras_loss("hinge", "hinge", K.Hinge(), S, bits)
keras_loss("squared-hinge", "squared-hinge", K.SquaredHinge(), S, bits)
q = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)
def pinball(s, t):
    d = t.double()[:, :, None] - s.reshape(n, -1, 3)
    return torch.maximum(q * d, (q - 1) * d).mean()
torch_loss("quantile", "{quantile: [0.1, 0.5, 0.9]}", pinball, rng.standard_normal((n, 6)), f32(num[:, :2]), source="Koenker & Bassett 1978")
def negbin(s, t):
    p = torch.nn.functional.softplus(s.reshape(n, -1, 2)) + 1e-6
    m, a = p[..., 0], p[..., 1]
    d = torch.distributions.NegativeBinomial(1 / a, logits=torch.log(a * m))
    return -d.log_prob(t.double()).mean()
torch_loss("negative-binomial", "negative-binomial", negbin, rng.standard_normal((n, 6)), cnt[:, :3], source="torch.distributions.NegativeBinomial")
def contrastive(s, t):
    d, t = torch.nn.functional.softplus(s), t.double()
    return (t * d ** 2 + (1 - t) * torch.relu(1.0 - d) ** 2).mean()
torch_loss("contrastive", "contrastive", contrastive, rng.standard_normal((n, 1)), bits[:, :1], "softplus", "Hadsell et al. 2006")
torch_loss("triplet", "{triplet: 0.5}", lambda s, t: torch.nn.TripletMarginLoss(0.5)(*s.chunk(3, 1)), rng.standard_normal((n, 12)), bits[:, :1])
def nce(s, t):
    a, b = (torch.nn.functional.normalize(v, dim=1) for v in s.chunk(2, 1))
    return torch.nn.functional.cross_entropy(a @ b.T / 0.1, torch.arange(n))
torch_loss("info-nce", "{info-nce: 0.1}", nce, rng.standard_normal((n, 10)), bits[:, :1], source="van den Oord et al. 2018")
lab2 = rng.integers(1, 5, (3, 4)); lab2[0, 3] = -100; lab2[2, 2:] = -100
def ctc(s, t):
    lengths = (t != -100).sum(1)
    return torch.nn.functional.ctc_loss(s.log_softmax(-1).transpose(0, 1), t.clamp(min=0), torch.full((3,), 9), lengths, reduction="none", zero_infinity=True).mean()
torch_loss("ctc", "ctc", ctc, rng.standard_normal((3, 9, 5)), lab2)

# optimizers: two matrices and a vector, ten recorded gradients
shapes = {"0.weight": (5, 3), "0.bias": (5,), "1.weight": (2, 5)}
start = {k: rng.standard_normal(s) for k, s in shapes.items()}
grads = [{k: rng.standard_normal(s) * 0.5 for k, s in shapes.items()} for _ in range(10)]
for k, v in start.items(): T["start/" + k] = f32(v)
for i, g in enumerate(grads):
    for k, v in g.items(): T[f"gradient/{i}/{k}"] = f32(v)
def optimizer(name, yaml, make, source=None, manual=None):
    ps = {k: torch.nn.Parameter(torch.tensor(f32(v))) for k, v in start.items()}
    opt = make(ps)
    for g in grads:
        for k, p in ps.items(): p.grad = torch.tensor(f32(g[k]))
        for o in (opt if isinstance(opt, list) else [opt]): o.step()
    for k, p in ps.items(): T[f"optimizer/{name}/{k}"] = f32(p.detach().numpy())
    out["optimizers"].append({"name": name, "optimizer": yaml, "source": source or "torch " + torch.__version__})
O = torch.optim
v = lambda ps: list(ps.values())
optimizer("sgd", "{sgd: 0.1}", lambda p: O.SGD(v(p), 0.1))
optimizer("sgd-momentum", "{sgd: {rate: 0.1, momentum: 0.9, decay: 0.01}}", lambda p: O.SGD(v(p), 0.1, momentum=0.9, weight_decay=0.01))
optimizer("sgd-nesterov", "{sgd: {rate: 0.1, momentum: 0.9, nesterov: true}}", lambda p: O.SGD(v(p), 0.1, momentum=0.9, nesterov=True))
optimizer("adam", "{adam: 0.01}", lambda p: O.Adam(v(p), 0.01, eps=1e-7))
optimizer("adam-decay", "{adam: {rate: 0.01, decay: 0.1, epsilon: 1e-8}}", lambda p: O.Adam(v(p), 0.01, weight_decay=0.1))
optimizer("adamw", "{adamw: {rate: 0.01, decay: 0.1}}", lambda p: O.AdamW(v(p), 0.01, weight_decay=0.1, eps=1e-7))
optimizer("nadam", "{nadam: {rate: 0.01, epsilon: 1e-8}}", lambda p: O.NAdam(v(p), 0.01))
optimizer("nadam-decay", "{nadam: {rate: 0.01, epsilon: 1e-8, decay: 0.1}}", lambda p: O.NAdam(v(p), 0.01, weight_decay=0.1))
optimizer("radam", "{radam: {rate: 0.01, epsilon: 1e-8}}", lambda p: O.RAdam(v(p), 0.01))
optimizer("radam-soon", "{radam: {rate: 0.01, epsilon: 1e-8, beta2: 0.9}}", lambda p: O.RAdam(v(p), 0.01, betas=(0.9, 0.9)))
optimizer("rmsprop", "{rmsprop: {rate: 0.01, epsilon: 1e-8}}", lambda p: O.RMSprop(v(p), 0.01, alpha=0.9))
optimizer("rmsprop-centered", "{rmsprop: {rate: 0.01, rho: 0.99, epsilon: 1e-6, momentum: 0.8, centered: true, decay: 0.05}}", lambda p: O.RMSprop(v(p), 0.01, alpha=0.99, eps=1e-6, momentum=0.8, centered=True, weight_decay=0.05))
optimizer("adagrad", "{adagrad: {rate: 0.1, epsilon: 1e-10}}", lambda p: O.Adagrad(v(p), 0.1, initial_accumulator_value=0.1))
optimizer("adadelta", "{adadelta: {rate: 1.0, epsilon: 1e-6}}", lambda p: O.Adadelta(v(p), 1.0, rho=0.95))
class Lion:  # Chen et al. 2023, algorithm 2
    def __init__(self, ps, lr, b1, b2, wd): self.ps, self.a = ps, (lr, b1, b2, wd); self.m = [torch.zeros_like(p) for p in ps]
    @torch.no_grad()
    def step(self):
        lr, b1, b2, wd = self.a
        for p, m in zip(self.ps, self.m):
            c = b1 * m + (1 - b1) * p.grad
            p.mul_(1 - lr * wd).sub_(lr * c.sign()); m.mul_(b2).add_((1 - b2) * p.grad)
optimizer("lion", "{lion: {rate: 0.01, decay: 0.1}}", lambda p: Lion(v(p), 0.01, 0.9, 0.99, 0.1), "Chen et al. 2023, algorithm 2")
class Lamb:  # You et al. 2020, algorithm 2, phi the identity
    def __init__(self, ps, lr, b1, b2, eps, wd): self.ps, self.a, self.t = ps, (lr, b1, b2, eps, wd), 0; self.s = [(torch.zeros_like(p), torch.zeros_like(p)) for p in ps]
    @torch.no_grad()
    def step(self):
        lr, b1, b2, eps, wd = self.a; self.t += 1
        for p, (m, s) in zip(self.ps, self.s):
            m.mul_(b1).add_((1 - b1) * p.grad); s.mul_(b2).add_((1 - b2) * p.grad ** 2)
            u = m / (1 - b1 ** self.t) / ((s / (1 - b2 ** self.t)).sqrt() + eps) + wd * p
            p.sub_(lr * p.norm() / u.norm() * u)
optimizer("lamb", "{lamb: {rate: 0.01, decay: 0.1, epsilon: 1e-6}}", lambda p: Lamb(v(p), 0.01, 0.9, 0.999, 1e-6, 0.1), "You et al. 2020, algorithm 2")
def muon(p):
    two = [x for x in v(p) if x.ndim == 2]; one = [x for x in v(p) if x.ndim != 2]
    return [O.Muon(two, 0.02, weight_decay=0.1), O.AdamW(one, 0.003, weight_decay=0.1, eps=1e-7)]
optimizer("muon", "{muon: {rate: 0.02, decay: 0.1, other-rate: 0.003}}", muon)
def groups(p): return O.AdamW([{"params": [p["0.bias"]], "weight_decay": 0.0, "lr": 0.005}, {"params": [p["0.weight"], p["1.weight"]]}], 0.01, weight_decay=0.1, eps=1e-7)
optimizer("groups", "{adamw: {rate: 0.01, decay: 0.1}}", groups)

# schedules: the rate of each of forty steps
def schedule(name, yaml, make, total=40):
    opt = O.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
    s, rates = make(opt), []
    for _ in range(total):
        rates.append(opt.param_groups[0]["lr"]); opt.step(); s.step()
    out["schedules"].append({"name": name, "schedule": yaml, "rates": rates, "source": "torch " + torch.__version__})
R = O.lr_scheduler
schedule("constant", "constant", lambda o: R.LambdaLR(o, lambda t: 1))
schedule("step", "{step: 7, factor: 0.5}", lambda o: R.StepLR(o, 7, 0.5))
schedule("multi-step", "{step: {at: [5, 20, 30], factor: 0.3}}", lambda o: R.MultiStepLR(o, [5, 20, 30], 0.3))
schedule("exponential", "{exponential: 0.9}", lambda o: R.ExponentialLR(o, 0.9))
schedule("polynomial", "{polynomial: {steps: 30, power: 2}}", lambda o: R.PolynomialLR(o, 30, 2))
schedule("linear", "polynomial", lambda o: R.PolynomialLR(o, 40, 1))
schedule("cosine", "{cosine: {end: 0.1}}", lambda o: R.CosineAnnealingLR(o, 40, 0.1))
schedule("cosine-restarts", "{cosine: {steps: 6, restarts: 2, end: 0.05}}", lambda o: R.CosineAnnealingWarmRestarts(o, 6, 2, 0.05))
schedule("warmup-cosine", "{warmup: {steps: 8, start: 0.25, then: cosine}}", lambda o: R.SequentialLR(o, [R.LinearLR(o, 0.25, 1.0, 8), R.CosineAnnealingLR(o, 32)], [8]))
schedule("one-cycle", "one-cycle", lambda o: R.OneCycleLR(o, 1.0, 41, cycle_momentum=False), 40)
def wsd(t): return t / 5 if t < 5 else 1.0 if t < 30 else 1 - math.sqrt((t - 30) / 10)
schedule("wsd", "{wsd: {warmup: 5, decay: 10}}", lambda o: R.LambdaLR(o, wsd))
values = [1, .9, .95, .93, .94, .92, .91, .5, .6, .6, .6, .6, .6, .6, .6, .6, .49, .48, .48, .48, .48, .48]
opt = O.SGD([torch.nn.Parameter(torch.zeros(1))], 1.0)
s = R.ReduceLROnPlateau(opt, factor=0.5, patience=2, cooldown=1)
for x in values:
    s.step(x); out["plateau"].append([x, opt.param_groups[0]["lr"]])

here = os.path.dirname(os.path.abspath(__file__))
save_file(T, os.path.join(here, "parity.safetensors"))
json.dump(out, open(os.path.join(here, "parity.json"), "w"), indent=1)
print(len(out["losses"]), len(out["optimizers"]), len(out["schedules"]))
