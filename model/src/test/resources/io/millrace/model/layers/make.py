"""Makes layers.json and layers.safetensors with Keras 3 and PyTorch: for each layer configuration an input, weights,
the output, and the gradients of sum(output * r). Run: python make.py   (needs keras, tensorflow, torch, safetensors)"""
import json, os
os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np, tensorflow as tf, keras, torch
from safetensors.numpy import save_file
L = keras.layers
rng = np.random.default_rng(20261122)
tensors, cases = {}, []

def conv(w):  # kernel [k..., in, out] -> [out, in, k...]
    return np.moveaxis(w, (-1, -2), (0, 1))
def transposed(w):  # [k..., out, in] -> [in, out, k...]
    return np.moveaxis(w, (-1, -2), (0, 1))
def depthwise(w):  # [k..., in, m] -> [in*m, 1, k...]
    k = w.shape[:-2]
    return np.moveaxis(w.reshape(*k, -1), -1, 0)[:, None]
def gates_gru(w):  # z r h -> r z h, last axis
    z, r, h = np.split(w, 3, -1)
    return np.concatenate([r, z, h], -1)
def rnn_map(kind, prefix=""):
    def f(ws):
        k, u = ws[0], ws[1]
        fix = gates_gru if kind == "gru" else (lambda w: w)
        out = {prefix + "weight_ih": fix(k).T, prefix + "weight_hh": fix(u).T}
        if kind == "gru":
            out[prefix + "bias_ih"], out[prefix + "bias_hh"] = fix(ws[2][0]), fix(ws[2][1])
        else:
            out[prefix + "bias_ih"] = ws[2]
        return out
    return f
def both(kind):
    def f(ws):
        h = len(ws) // 2
        return {**rnn_map(kind, "forward.")(ws[:h]), **rnn_map(kind, "backward.")(ws[h:])}
    return f
def mha(ws):  # query kernel, bias, key, value, output
    out, names = {}, ["query", "key", "value", "output"]
    step = len(ws) // 4
    for i, n in enumerate(names):
        w = ws[i * step]
        out[n + ".weight"] = (w.reshape(-1, w.shape[-1]) if n == "output" else w.reshape(w.shape[0], -1)).T
        if step == 2:
            out[n + ".bias"] = ws[i * step + 1].reshape(-1)
    return out
def names(*ns, maps=()):
    maps = list(maps) + [lambda w: w] * (len(ns) - len(maps))
    return lambda ws: {n: m(w) for n, m, w in zip(ns, maps, ws)}

def case(name, yaml, layer, shapes, weights=lambda ws: {}, training=False, call=None, ints=None, tweak=None, state=None, count=None):
    xs = [rng.standard_normal((3,) + tuple(s)).astype("float32") for s in shapes]
    if ints:
        xs = [rng.integers(0, ints, (3,) + tuple(s)).astype("float32") for s in shapes]
    vs = [tf.Variable(x) for x in xs]
    arg = (lambda: call(layer, vs)) if call else (lambda: layer(vs[0] if len(vs) == 1 else list(vs), training=training))
    arg()  # builds
    for v in layer.trainable_variables:  # no zeros and ones: they hide mistakes
        v.assign(v + 0.3 * rng.standard_normal(v.shape).astype("float32"))
    for v in layer.non_trainable_variables:
        if v.dtype == "float32":
            v.assign(abs(v + 0.3 * rng.standard_normal(v.shape).astype("float32")))
    if tweak: tweak(layer)
    before = weights([v.numpy() for v in layer.trainable_variables])
    fixed = state([v.numpy() for v in layer.non_trainable_variables if v.dtype == "float32"]) if state else {}
    with tf.GradientTape() as tape:
        y = arg()
        r = rng.standard_normal(y.shape).astype("float32")
        s = tf.reduce_sum(y * r)
    grads = tape.gradient(s, vs + [v.value for v in layer.trainable_variables])
    gx, gw = grads[:len(vs)], [np.asarray(g) if not isinstance(g, tf.IndexedSlices) else tf.convert_to_tensor(g).numpy() for g in grads[len(vs):]]
    put = lambda k, v: tensors.__setitem__(name + "/" + k, np.ascontiguousarray(np.asarray(v, dtype="float32")))
    for i, x in enumerate(xs): put(f"x{i}", x)
    if not ints:
        for i, g in enumerate(gx):
            if g is not None: put(f"gx{i}", g)
    put("y", y.numpy()); put("r", r)
    for k, v in {**before, **fixed}.items(): put("w/" + k, v)
    for k, v in weights(gw).items(): put("gw/" + k, v)
    if training and state:
        for k, v in state([v.numpy() for v in layer.non_trainable_variables if v.dtype == "float32"]).items(): put("after/" + k, v)
    n = sum(int(np.prod(v.shape)) for v in layer.trainable_variables) + sum(int(np.prod(v.shape)) for v in layer.non_trainable_variables if v.dtype == "float32")
    cases.append({"name": name, "layer": yaml, "source": "keras " + keras.__version__, "inputs": len(xs), "training": training, "parameters": n if count is None else count})

wb = lambda m: names("weight", "bias", maps=[m])
T = lambda w: w.T
case("dense", "{dense: 7}", L.Dense(7), [(5,)], wb(T))
case("dense-time", "{dense: 7, activation: tanh}", L.Dense(7, activation="tanh"), [(4, 5)], wb(T))
case("dense-no-bias", "{dense: 7, bias: false}", L.Dense(7, use_bias=False), [(5,)], names("weight", maps=[T]))
for r, shape in ((1, (9, 3)), (2, (8, 7, 3)), (3, (5, 6, 5, 2))):
    C = getattr(L, f"Conv{r}D"); P = f"conv{r}d"
    case(f"conv{r}d", f"{{{P}: 4, kernel: 3}}", C(4, 3), [shape], wb(conv))
    case(f"conv{r}d-same-stride2", f"{{{P}: 4, kernel: 3, strides: 2, padding: same}}", C(4, 3, strides=2, padding="same"), [shape], wb(conv))
    case(f"conv{r}d-same-even", f"{{{P}: 4, kernel: 4, padding: same}}", C(4, 4, padding="same"), [shape], wb(conv))
    case(f"conv{r}d-dilated", f"{{{P}: 4, kernel: 2, dilation: 2, bias: false}}", C(4, 2, dilation_rate=2, use_bias=False), [shape], names("weight", maps=[conv]))
    CT = getattr(L, f"Conv{r}DTranspose")
    case(f"conv{r}d-transpose", f"{{{P}-transpose: 4, kernel: 3, strides: 2}}", CT(4, 3, strides=2), [shape], wb(transposed))
    case(f"conv{r}d-transpose-same", f"{{{P}-transpose: 4, kernel: 3, strides: 2, padding: same}}", CT(4, 3, strides=2, padding="same"), [shape], wb(transposed))
    for kind, K in (("max", getattr(L, f"MaxPooling{r}D")), ("average", getattr(L, f"AveragePooling{r}D"))):
        case(f"{kind}-pooling{r}d", f"{kind}-pooling{r}d", K(2), [shape])
        case(f"{kind}-pooling{r}d-same", f"{{{kind}-pooling{r}d: 3, strides: 2, padding: same}}", K(3, strides=2, padding="same"), [shape])
    case(f"global-max-pooling{r}d", f"global-max-pooling{r}d", getattr(L, f"GlobalMaxPooling{r}D")(), [shape])
    case(f"global-average-pooling{r}d", f"{{global-average-pooling{r}d: true}}", getattr(L, f"GlobalAveragePooling{r}D")(keepdims=True), [shape])
    case(f"zero-padding{r}d", f"{{zero-padding{r}d: 2}}", getattr(L, f"ZeroPadding{r}D")(2), [shape])
    case(f"cropping{r}d", f"{{cropping{r}d: 1}}", getattr(L, f"Cropping{r}D")(1 if r > 1 else (1, 1)), [shape])
    case(f"up-sampling{r}d", f"{{up-sampling{r}d: 2}}", getattr(L, f"UpSampling{r}D")(2), [shape])
case("conv2d-rect", "{conv2d: 4, kernel: [2, 3], strides: [2, 1], padding: same}", L.Conv2D(4, (2, 3), strides=(2, 1), padding="same"), [(8, 7, 3)], wb(conv))
case("conv2d-transpose-rect", "{conv2d-transpose: 4, kernel: [2, 4], strides: [3, 2], padding: same}", L.Conv2DTranspose(4, (2, 4), strides=(3, 2), padding="same"), [(4, 5, 3)], wb(transposed))
case("conv2d-one-channel", "{conv2d: 4, kernel: 3}", L.Conv2D(4, 3), [(8, 7, 1)], wb(conv))
case("conv2d-groups", "{conv2d: 6, kernel: 3, groups: 3}", L.Conv2D(6, 3, groups=3), [(6, 6, 3)], wb(conv))
case("conv1d-causal", "{conv1d: 4, kernel: 3, padding: causal, dilation: 2}", L.Conv1D(4, 3, padding="causal", dilation_rate=2), [(9, 3)], wb(conv))
case("depthwise-conv1d", "{depthwise-conv1d: 3, multiplier: 2}", L.DepthwiseConv1D(3, depth_multiplier=2), [(9, 3)], wb(depthwise))
case("depthwise-conv2d", "{depthwise-conv2d: 3, padding: same, strides: 2}", L.DepthwiseConv2D(3, padding="same", strides=2), [(8, 7, 3)], wb(depthwise))
case("separable-conv1d", "{separable-conv1d: 5, kernel: 3}", L.SeparableConv1D(5, 3), [(9, 3)], names("depthwise", "pointwise", "bias", maps=[depthwise, conv]))
case("separable-conv2d", "{separable-conv2d: 5, kernel: 3, multiplier: 2, padding: same}", L.SeparableConv2D(5, 3, depth_multiplier=2, padding="same"), [(8, 7, 3)], names("depthwise", "pointwise", "bias", maps=[depthwise, conv]))
case("up-sampling2d-bilinear", "{up-sampling2d: [2, 3], interpolation: bilinear}", L.UpSampling2D((2, 3), interpolation="bilinear"), [(4, 5, 2)])
case("zero-padding2d-sides", "{zero-padding2d: [1, 2, 0, 3]}", L.ZeroPadding2D(((1, 2), (0, 3))), [(4, 5, 2)])
case("cropping2d-sides", "{cropping2d: [1, 2, 0, 3]}", L.Cropping2D(((1, 2), (0, 3))), [(6, 7, 2)])
stats = names("moving_mean", "moving_variance")
for t in (False, True):
    for n, s in (("", (6,)), ("-2d", (4, 5, 3))):
        case(f"batch-normalization{n}{'-training' if t else ''}", "batch-normalization", L.BatchNormalization(), [s], names("gamma", "beta"), training=t, state=stats)
case("batch-normalization-plain", "{batch-normalization: 0.9, epsilon: 0.01, center: false, scale: false}", L.BatchNormalization(momentum=0.9, epsilon=0.01, center=False, scale=False), [(6,)], training=True, state=stats)
case("layer-normalization", "layer-normalization", L.LayerNormalization(), [(4, 6)], names("gamma", "beta"))
case("layer-normalization-2d", "{layer-normalization: 1e-5}", L.LayerNormalization(epsilon=1e-5), [(3, 4, 6)], names("gamma", "beta"))
case("group-normalization", "{group-normalization: 3}", L.GroupNormalization(3), [(4, 5, 6)], names("gamma", "beta"))
case("rms-normalization", "rms-normalization", L.RMSNormalization(), [(4, 6)], names("scale"))
case("embedding", "{embedding: 11, output-dim: 5}", L.Embedding(11, 5), [(7,)], names("weight"), ints=11)
for k, C in (("simple-rnn", L.SimpleRNN), ("gru", L.GRU), ("lstm", L.LSTM)):
    m = rnn_map(k)
    case(k, f"{{{k}: 5}}", C(5), [(6, 4)], m)
    case(k + "-sequences", f"{{{k}: 5, sequences: true}}", C(5, return_sequences=True), [(6, 4)], m)
    case(k + "-both", f"{{bidirectional: {{{k}: 5}}}}", L.Bidirectional(C(5)), [(6, 4)], both(k))
    case(k + "-both-sum", f"{{bidirectional: {{{k}: 5, sequences: true}}, merge: sum}}", L.Bidirectional(C(5, return_sequences=True), merge_mode="sum"), [(6, 4)], both(k))
one = lambda l, v: l(v[0], v[0])
two = lambda l, v: l(v[0], v[1])
case("attention", "{multi-head-attention: 2, key-dim: 4}", L.MultiHeadAttention(2, 4), [(5, 6)], mha, call=one)
case("attention-causal", "{multi-head-attention: 2, key-dim: 4, causal: true}", L.MultiHeadAttention(2, 4), [(5, 6)], mha, call=lambda l, v: l(v[0], v[0], use_causal_mask=True))
case("attention-cross", "{multi-head-attention: 2, key-dim: 4, value-dim: 3}", L.MultiHeadAttention(2, 4, value_dim=3), [(5, 6), (7, 8)], mha, call=two)
case("attention-no-bias", "{multi-head-attention: 3, key-dim: 2, bias: false}", L.MultiHeadAttention(3, 2, use_bias=False), [(5, 6)], mha, call=one)
case("attention-mask", "{multi-head-attention: 2, key-dim: 4}", L.MultiHeadAttention(2, 4), [(5, 6), (7, 6), (7,)], mha, call=lambda l, v: l(v[0], v[1], attention_mask=v[2][:, None, :] > 0))
case("attention-grouped", "{multi-head-attention: 4, key-dim: 3, groups: 2}", L.GroupQueryAttention(3, 4, 2), [(5, 6)], mha, call=one)
for k, C in (("add", L.Add), ("multiply", L.Multiply), ("average", L.Average), ("maximum", L.Maximum), ("minimum", L.Minimum)):
    case(k, k, C(), [(4, 5)] * 3)
case("subtract", "subtract", L.Subtract(), [(4, 5)] * 2)
case("concatenate", "concatenate", L.Concatenate(), [(4, 5), (4, 2)])
case("concatenate-first", "{concatenate: 1}", L.Concatenate(axis=1), [(4, 5), (2, 5)])
case("dot", "dot", L.Dot(-1), [(5,), (5,)])
case("dot-cosine", "{dot: 1, normalize: true}", L.Dot(1, normalize=True), [(5,), (5,)])
case("dot-matrices", "{dot: [2, 1]}", L.Dot((2, 1)), [(4, 5), (5, 3)])
case("reshape", "{reshape: [2, -1]}", L.Reshape((2, -1)), [(4, 5)])
case("permute", "{permute: [3, 1, 2]}", L.Permute((3, 1, 2)), [(4, 5, 2)])
case("repeat-vector", "{repeat-vector: 3}", L.RepeatVector(3), [(5,)])
case("flatten", "flatten", L.Flatten(), [(4, 5, 2)])
case("time-distributed", "{time-distributed: {conv2d: 3, kernel: 2}}", L.TimeDistributed(L.Conv2D(3, 2)), [(2, 4, 4, 1)], wb(conv))
case("leaky-relu", "leaky-relu", L.LeakyReLU(), [(6,)])
case("elu", "{elu: 0.7}", L.ELU(0.7), [(6,)])
case("prelu", "prelu", L.PReLU(), [(6,)], names("alpha"))
for a in ("relu", "relu6", "sigmoid", "log_sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "tanh_shrink", "softmax", "log_softmax", "softsign", "softplus", "exponential", "gelu", "silu", "hard_silu", "mish", "elu", "selu", "celu", "leaky_relu"):
    case("activation-" + a.replace("_", "-"), f"{{activation: {a.replace('_', '-')}}}", L.Activation(a), [(4, 6)])
case("activation-gelu-tanh", "{activation: gelu-tanh}", L.Activation(lambda x: keras.activations.gelu(x, approximate=True)), [(4, 6)])

# what Keras lacks, or does otherwise: PyTorch
def torch_case(name, yaml, module, shape, weights, last=True):
    x = torch.tensor(rng.standard_normal((3,) + shape).astype("float32"), requires_grad=True)
    to = lambda t: torch.movedim(t, -1, 1) if last else t
    back = lambda t: torch.movedim(t, 1, -1) if last else t
    y = module(to(x)); y = y[0] if isinstance(y, tuple) else y
    y = back(y)
    r = torch.tensor(rng.standard_normal(tuple(y.shape)).astype("float32"))
    (y * r).sum().backward()
    put = lambda k, v: tensors.__setitem__(name + "/" + k, np.ascontiguousarray(v.detach().numpy().astype("float32")))
    put("x0", x); put("gx0", x.grad); put("y", y); put("r", r)
    for ours, p in weights.items(): put("w/" + ours, p); put("gw/" + ours, p.grad)
    cases.append({"name": name, "layer": yaml, "source": "torch " + torch.__version__, "inputs": 1, "training": False, "parameters": sum(p.numel() for p in weights.values())})

for r, shape in ((1, (9, 3)), (2, (8, 7, 3)), (3, (5, 6, 5, 2))):
    torch_case(f"adaptive-average-pooling{r}d", f"{{adaptive-average-pooling{r}d: 4}}", getattr(torch.nn, f"AdaptiveAvgPool{r}d")(4), shape, {})
    torch_case(f"adaptive-max-pooling{r}d", f"{{adaptive-max-pooling{r}d: 3}}", getattr(torch.nn, f"AdaptiveMaxPool{r}d")(3), shape, {})
g = torch.nn.GRU(4, 5, batch_first=True); torch_case("torch-gru", "{gru: 5, sequences: true}", g, (6, 4), {"weight_ih": g.weight_ih_l0, "weight_hh": g.weight_hh_l0, "bias_ih": g.bias_ih_l0, "bias_hh": g.bias_hh_l0}, last=False)
l = torch.nn.LSTM(4, 5, batch_first=True); torch_case("torch-lstm", "{lstm: 5, sequences: true, two-biases: true}", l, (6, 4), {"weight_ih": l.weight_ih_l0, "weight_hh": l.weight_hh_l0, "bias_ih": l.bias_ih_l0, "bias_hh": l.bias_hh_l0}, last=False)

here = os.path.dirname(os.path.abspath(__file__))
save_file(tensors, os.path.join(here, "layers.safetensors"))
json.dump(cases, open(os.path.join(here, "layers.json"), "w"), indent=1)
print(len(cases), "cases", os.path.getsize(os.path.join(here, "layers.safetensors")), "bytes")
