"""PyTorch's side of `bench lm-training`: lm_training_torch.py WORK eager|compile|transformers, prints {"rate": ..., "megabytes": ...};
lm_training_torch.py wikitext FOLDER, prints {"perplexity": ...}."""
import json, os, sys, time, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import torch.nn as nn
import torch.nn.functional as F

work, kind = sys.argv[1:3]
torch.set_num_threads(os.cpu_count())
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, self.heads, -1).transpose(1, 2) for p in self.qkv(self.first(x)).split(c, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.second(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, layers, width, heads, context, vocabulary):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.last = nn.LayerNorm(width)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.last(x), self.tokens.weight)
        return F.cross_entropy(logits.float().view(-1, logits.shape[-1]), targets.view(-1), ignore_index=-100)


def transformers_model(config):
    import transformers as t
    model = getattr(t, config.pop("kind"))(**config)
    return t.AutoModelForCausalLM.from_config(model)


def steps(loss, model, batches, warm, measured, tokens):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1, betas=(0.9, 0.99), fused=True)
    start = 0
    for step in range(warm + measured):
        if step == warm:
            start = time.time()
        value = loss(batches[step % len(batches)])
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    seconds = time.time() - start
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
    print(json.dumps({"rate": measured * tokens / seconds, "megabytes": peak}))


def gpt(layers, width, heads, context, batch, half, warm, measured):
    vocabulary = 65
    if kind == "transformers":
        model = transformers_model(dict(kind="GPT2Config", vocab_size=vocabulary, n_embd=width, n_layer=layers, n_head=heads, n_positions=context,
                                        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0))
        run = lambda ids: model(input_ids=ids, labels=ids).loss
    else:
        model = Gpt(layers, width, heads, context, vocabulary)
        called = torch.compile(model) if kind == "compile" else model

        def run(ids):
            targets = torch.full_like(ids, -100)
            targets[:, :-1] = ids[:, 1:]
            return called(ids, targets)

    batches = [torch.randint(vocabulary, (batch, context)) for _ in range(40)]

    def loss(ids):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            return run(ids)

    steps(loss, model, batches, warm, measured, batch * context)


def wikitext(folder):
    """The same training from the same weights on the same rows; kind is the folder."""
    import math
    import transformers as t
    given = json.load(open(folder + "/rows.json"))
    model = t.GPT2LMHeadModel.from_pretrained(folder + "/model", dtype=torch.float32).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1, betas=(0.9, 0.99), fused=True)

    def loss(rows, reduction):
        ids = torch.tensor(rows)
        logits = model(input_ids=ids[:, :-1]).logits
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction=reduction)

    for step, rows in enumerate(given["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * min(1, step / 40)
        value = loss(rows, "mean")
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    with torch.no_grad():
        held = given["held"]
        total = sum(loss(held[i:i + 16], "sum").item() for i in range(0, len(held), 16))
    print(json.dumps({"perplexity": math.exp(total / (len(held) * (len(held[0]) - 1)))}))


if work == "wikitext":
    wikitext(kind)
elif work == "gpt-4x128":
    gpt(4, 128, 4, 64, 12, False, 400, 200)
elif work == "gpt-6x384-bf16":
    gpt(6, 384, 6, 256, 8, True, 15, 25)
elif work == "long-sample":
    model = transformers_model(dict(kind="Qwen2Config", vocab_size=151936, hidden_size=512, intermediate_size=1408, num_hidden_layers=4,
                                    num_attention_heads=8, num_key_value_heads=2, tie_word_embeddings=True, max_position_embeddings=4096))
    batches = [torch.randint(151936, (1, 2048)) for _ in range(4)]
    steps(lambda ids: model(input_ids=ids, labels=ids).loss, model, batches, 1, 2, 2048)
else:
    model = transformers_model(dict(kind="LlamaConfig", vocab_size=8000, hidden_size=256, intermediate_size=704, num_hidden_layers=4,
                                    num_attention_heads=4, num_key_value_heads=4, tie_word_embeddings=True, max_position_embeddings=512))
    import math
    if work == "instructions":
        lengths = [min(512, int(8 - 64 * math.log(1 - (37 * i % 512 + 0.5) / 512))) for i in range(512)]
    else:
        lengths = [8 + 37 * i % 113 for i in range(512)]
    order = torch.randperm(512).tolist()
    batches = []
    for start in range(0, 512, 32):
        some = [lengths[i] for i in order[start:start + 32]]
        ids = torch.randint(8000, (32, max(some)))
        real = torch.arange(max(some))[None] < torch.tensor(some)[:, None]
        batches.append((ids, real.long(), ids.masked_fill(~real, -100)))
    steps(lambda b: model(input_ids=b[0], attention_mask=b[1], labels=b[2]).loss, model, batches, 3, 8, 32 * sum(lengths) / 512)
