"""A Hugging Face folder as a GGUF file, as llama.cpp's converter lays it out: gguf_model.py FOLDER FILE TYPE."""
import json, sys
import numpy as np
from gguf import GGMLQuantizationType as T, GGUFWriter, TokenType
from gguf.quants import quantize
from safetensors import safe_open

folder, path, kind = sys.argv[1], sys.argv[2], T[sys.argv[3]]
config = json.load(open(folder + "/config.json"))
family = {"mistral": "llama"}.get(config["model_type"], config["model_type"])
heads, groups = config["num_attention_heads"], config.get("num_key_value_heads", config["num_attention_heads"])
w = GGUFWriter(path, family)
w.add_block_count(config["num_hidden_layers"])
w.add_context_length(config["max_position_embeddings"])
w.add_embedding_length(config["hidden_size"])
w.add_feed_forward_length(config["intermediate_size"])
w.add_head_count(heads)
w.add_head_count_kv(groups)
w.add_layer_norm_rms_eps(config["rms_norm_eps"])
rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
w.add_rope_freq_base(rope.get("rope_theta", config.get("rope_theta", 10000.0)))
if config.get("head_dim"):
    w.add_key_length(config["head_dim"])
if rope.get("rope_type") == "llama3":
    size = config.get("head_dim") or config["hidden_size"] // heads
    base, factors = rope.get("rope_theta", config.get("rope_theta", 10000.0)), []
    for i in range(size // 2):
        length, context = 2 * np.pi * base ** (2 * i / size), rope["original_max_position_embeddings"]
        if length < context / rope["high_freq_factor"]:
            factors.append(1)
        elif length > context / rope["low_freq_factor"]:
            factors.append(rope["factor"])
        else:
            smooth = (context / length - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"])
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    w.add_tensor("rope_freqs.weight", np.array(factors, dtype=np.float32))
try:
    tokenizer = json.load(open(folder + "/tokenizer.json"))
    vocab = tokenizer["model"]["vocab"]
    tokens, types = [f"[PAD{i}]" for i in range(config["vocab_size"])], [TokenType.UNUSED] * config["vocab_size"]
    for token, i in vocab.items():
        tokens[i], types[i] = token, TokenType.NORMAL
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]], types[added["id"]] = added["content"], TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre(sys.argv[4] if len(sys.argv) > 4 else "qwen2")
    w.add_token_list(tokens)
    w.add_token_types(types)
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    w.add_eos_token_id(config["eos_token_id"])
    try:
        w.add_chat_template(open(folder + "/chat_template.jinja").read())
    except FileNotFoundError:
        pass
except FileNotFoundError:
    pass
NAMES = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}
with safe_open(folder + "/model.safetensors", "pt") as stored:
    for name in stored.keys():
        data = stored.get_tensor(name).float().numpy()
        if name in OUTSIDE:
            theirs = OUTSIDE[name]
        else:
            _, _, layer, rest = name.split(".", 3)
            part, end = rest.rsplit(".", 1)
            theirs = f"blk.{layer}.{NAMES[part]}.{end}"
            if family == "llama" and part in ("self_attn.q_proj", "self_attn.k_proj"):
                n = heads if part.endswith("q_proj") else groups
                data = data.reshape(n, 2, data.shape[0] // n // 2, *data.shape[1:]).swapaxes(1, 2).reshape(data.shape)
        if data.ndim == 2 and kind != T.F32 and data.shape[-1] % 32 == 0:
            w.add_tensor(theirs, quantize(data, kind), raw_dtype=kind)
        else:
            w.add_tensor(theirs, np.ascontiguousarray(data, dtype=np.float32))
w.write_header_to_file()
w.write_kv_data_to_file()
w.write_tensors_to_file()
w.close()
