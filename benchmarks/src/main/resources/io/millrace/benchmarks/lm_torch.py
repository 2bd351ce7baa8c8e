"""transformers' side of `bench lm-inference`.

    lm_torch.py make FOLDER            writes random models: qwen (bf16), bert, vit (f32)
    lm_torch.py WORK FOLDER            measures and prints {"rate": ...}
"""
import json, os, random, sys, time, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers as t

work, folder = sys.argv[1:3]
torch.set_num_threads(os.cpu_count())
if work == "make":
    torch.manual_seed(0)
    t.Qwen2ForCausalLM(t.Qwen2Config(vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
                                     num_key_value_heads=2, tie_word_embeddings=True, max_position_embeddings=32768)).to(torch.bfloat16).save_pretrained(folder + "/qwen")
    t.BertModel(t.BertConfig()).save_pretrained(folder + "/bert")
    t.ViTForImageClassification(t.ViTConfig()).save_pretrained(folder + "/vit")
    print(json.dumps({"made": folder}))
    sys.exit()


def rate(body, count, seconds=6):
    """Things a second, after as much warm-up."""
    for measured in (False, True):
        start, done = time.time(), 0
        while time.time() - start < seconds:
            body()
            done += count
        if measured:
            return done / (time.time() - start)


with torch.inference_mode():
    if work in ("prefill", "decode"):
        model = t.Qwen2ForCausalLM.from_pretrained(folder + "/qwen", dtype=torch.bfloat16).eval()
        ids = torch.arange(256)[None] * 7 + 100
        if work == "prefill":
            r = rate(lambda: model(input_ids=ids, use_cache=True, logits_to_keep=1), 256)
        else:
            n = 32
            cache_prompt = ids[:, :64]
            best = []
            for _ in range(4):
                out = model(input_ids=cache_prompt, use_cache=True, logits_to_keep=1)
                past, token = out.past_key_values, out.logits[:, -1:].argmax(-1)
                start = time.time()
                for _ in range(n):
                    out = model(input_ids=token, past_key_values=past, use_cache=True)
                    token = out.logits[:, -1:].argmax(-1)
                best.append(n / (time.time() - start))
            r = sorted(best[1:])[1]
    elif work in ("bert", "bert-bucketed"):
        model = t.BertModel.from_pretrained(folder + "/bert", add_pooling_layer=False).eval()
        random.seed(1)
        lengths = [8 + (i * 37) % 121 for i in range(256)]

        def encode():
            for i in range(0, 256, 32):
                some = lengths[i:i + 32]
                ids = torch.full((32, max(some)), 5)
                mask = (torch.arange(max(some))[None] < torch.tensor(some)[:, None]).long()
                model(input_ids=ids, attention_mask=mask)

        r = rate(encode, 256, 20)
    else:
        model = t.ViTForImageClassification.from_pretrained(folder + "/vit").eval()
        pixels = torch.randn(8, 3, 224, 224)
        r = rate(lambda: model(pixel_values=pixels), 8, 10)
print(json.dumps({"rate": r}))
