"""llama.cpp beside Millrace: llm_serving_llama.py WORK FOLDER KIND; prints one JSON line.

make      writes a random model of Qwen2.5-0.5B's shape as FOLDER/KIND.gguf
decode    tokens a second of one text
streams   tokens a second of eight texts written together, as llama-server batches them
prefill   tokens a second of a prompt of 512
first     95th percentile of seconds to the first token of 16 prompts of 256 tokens, eight at a time
prefix    seconds to the first token behind 200 known tokens, and without knowing them
ready     seconds from the start of the process to the first token
"""
import json, os, sys, time

work, folder, kind = sys.argv[1:4]
started = int(os.environ.get("MILLRACE_BENCH_STARTED", time.time() * 1000)) / 1000
path = f"{folder}/{kind}.gguf"
VOCABULARY, HIDDEN, FEED, LAYERS, HEADS, GROUPS = 151936, 896, 4864, 24, 14, 2


def make():
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    random = np.random.default_rng(7)
    quantized = GGMLQuantizationType[kind]
    w = GGUFWriter(path + ".part", "qwen2")
    w.add_block_count(LAYERS)
    w.add_context_length(4096)
    w.add_embedding_length(HIDDEN)
    w.add_feed_forward_length(FEED)
    w.add_head_count(HEADS)
    w.add_head_count_kv(GROUPS)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_rope_freq_base(1000000.0)
    w.add_tokenizer_model("none")
    w.add_vocab_size(VOCABULARY)

    def matrix(name, rows, columns, quantized=quantized):
        data = random.standard_normal((rows, columns), dtype=np.float32) * 0.02
        w.add_tensor(name, quantize(data, quantized), raw_dtype=quantized)

    def vector(name, size, value):
        w.add_tensor(name, np.full(size, value, dtype=np.float32))

    # The head, which is the embedding here, is kept finer than Q4_0 in real files too.
    matrix("token_embd.weight", VOCABULARY, HIDDEN, GGMLQuantizationType.Q8_0)
    vector("output_norm.weight", HIDDEN, 1)
    size = HIDDEN // HEADS
    for i in range(LAYERS):
        vector(f"blk.{i}.attn_norm.weight", HIDDEN, 1)
        vector(f"blk.{i}.ffn_norm.weight", HIDDEN, 1)
        for part, rows in (("q", HIDDEN), ("k", GROUPS * size), ("v", GROUPS * size)):
            matrix(f"blk.{i}.attn_{part}.weight", rows, HIDDEN)
            vector(f"blk.{i}.attn_{part}.bias", rows, 0)
        matrix(f"blk.{i}.attn_output.weight", HIDDEN, HIDDEN)
        matrix(f"blk.{i}.ffn_gate.weight", FEED, HIDDEN)
        matrix(f"blk.{i}.ffn_up.weight", FEED, HIDDEN)
        matrix(f"blk.{i}.ffn_down.weight", HIDDEN, FEED)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    os.rename(path + ".part", path)
    return {"made": True}


class Engine:
    """What llama-server does between its socket and its library, without the socket."""

    def __init__(self, sequences):
        import ctypes
        import llama_cpp as l

        self.l = l
        l.llama_backend_init()
        self.quiet = l.llama_log_callback(lambda *a: None)  # kept: the library calls it later
        l.llama_log_set(self.quiet, ctypes.c_void_p(0))
        self.model = l.llama_model_load_from_file(path.encode(), l.llama_model_default_params())
        p = l.llama_context_default_params()
        p.n_ctx, p.n_batch, p.n_ubatch, p.n_seq_max = 16384, 2048, 512, sequences
        p.n_threads = p.n_threads_batch = os.cpu_count()
        self.context = l.llama_init_from_model(self.model, p)
        self.memory = l.llama_get_memory(self.context)
        self.batch = l.llama_batch_init(2048, 0, 1)

    def run(self, rows):
        """rows: (token, position, sequence, whether its scores are wanted)"""
        b = self.batch
        b.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            b.token[i], b.pos[i], b.n_seq_id[i], b.seq_id[i][0], b.logits[i] = token, position, 1, sequence, wanted
        assert self.l.llama_decode(self.context, b) == 0

    def best(self, row):
        import numpy as np

        scores = np.ctypeslib.as_array(self.l.llama_get_logits_ith(self.context, row), (VOCABULARY,))
        return int(scores.argmax())

    def prompt(self, tokens, sequence, start=0):
        rows = [(t, start + i, sequence, i == len(tokens) - 1) for i, t in enumerate(tokens)]
        self.run(rows)
        return self.best(len(rows) - 1)

    def clear(self):
        self.l.llama_memory_clear(self.memory, True)


def prompt(size, seed):
    import random

    return [random.Random(seed).randrange(150000) for _ in range(size)]


def written(engine, count, tokens):
    at, last = [64] * count, [engine.prompt(prompt(64, s), s) for s in range(count)]
    begun = time.perf_counter()
    for _ in range(tokens):
        engine.run([(last[s], at[s], s, True) for s in range(count)])
        last = [engine.best(s) for s in range(count)]
        at = [a + 1 for a in at]
    return count * tokens / (time.perf_counter() - begun)


def measure():
    engine = Engine(8)
    first = engine.prompt([1], 0)
    if work == "ready":
        return {"value": time.time() - started}
    engine.clear()
    if work in ("decode", "streams"):
        return {"value": written(engine, 1 if work == "decode" else 8, 64)}
    if work == "prefill":
        begun = time.perf_counter()
        engine.prompt(prompt(512, 1), 0)
        return {"value": 512 / (time.perf_counter() - begun)}
    if work == "prefix":
        known = prompt(200, 1)
        engine.prompt(known, 0)
        begun = time.perf_counter()
        engine.prompt(prompt(8, 2), 0, 200)
        behind = time.perf_counter() - begun
        engine.clear()
        begun = time.perf_counter()
        engine.prompt(known + prompt(8, 2), 0)
        return {"value": (time.perf_counter() - begun) / behind}
    # Sixteen at once, eight slots: each step takes a token of all that write and what fits of prompts.
    waiting, free, running, times = list(range(16)), list(range(8)), {}, []
    begun = time.perf_counter()
    while waiting or running:
        while waiting and free:
            number = waiting.pop(0)
            running[free.pop(0)] = {"read": 0, "prompt": prompt(256, number), "last": 0, "left": 32}
        rows, wanted = [], {}
        for slot, one in running.items():
            if one["read"] >= 256:
                wanted[slot] = len(rows)
                rows.append((one["last"], one["read"], slot, True))
                one["read"] += 1
        for slot, one in running.items():
            if one["read"] < 256 and slot not in wanted and len(rows) < 2048:
                take = min(256 - one["read"], 2048 - len(rows))
                for i in range(take):
                    rows.append((one["prompt"][one["read"] + i], one["read"] + i, slot, one["read"] + i == 255))
                one["read"] += take
                if one["read"] == 256:
                    wanted[slot] = len(rows) - 1
        engine.run(rows)
        for slot, row in wanted.items():
            one = running[slot]
            one["last"] = engine.best(row)
            if one["left"] == 32:
                times.append(time.perf_counter() - begun)
            one["left"] -= 1
            if one["left"] == 0:
                engine.l.llama_memory_seq_rm(engine.memory, slot, -1, -1)
                del running[slot]
                free.append(slot)
    times.sort()
    return {"value": times[int(0.95 * len(times)) - (0 if len(times) * 0.95 % 1 else 1)]}


print(json.dumps(make() if work == "make" else measure()))
