"""Makes tiny random models of every family and switch with transformers, and what they compute.

    models.py make FOLDER [START STEP]     folders with inputs.safetensors and expected.safetensors
    models.py check FOLDER SAVED           opens what Millrace saved and compares the logits
"""
import json, os, shutil, sys, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers as t
from safetensors.torch import load_file, save_file

CASES = []


def case(name, model, config, kind, **how):
    CASES.append((name, model, config, kind, how))


V = 120
ids = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)
plain = dict(rope_type="default", rope_theta=10000.0)
llama = dict(vocab_size=V, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, **ids)
long = dict(rope_type="longrope", rope_theta=10000.0, short_factor=[1.0, 1.1, 1.2, 1.5], long_factor=[1.5, 2.0, 3.0, 4.0],
            original_max_position_embeddings=16)
ROPES = {
    "linear": dict(rope_type="linear", rope_theta=10000.0, factor=2.0),
    "dynamic": dict(rope_type="dynamic", rope_theta=10000.0, factor=2.0),
    "llama3": dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=32),
    "yarn": dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16),
    "yarn-mscale": dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=16, mscale=0.7,
                        mscale_all_dim=0.4, beta_fast=16, beta_slow=2),
    "yarn-loose": dict(rope_type="yarn", rope_theta=1000.0, factor=4.0, original_max_position_embeddings=16, truncate=False,
                       attention_factor=1.3),
}
for name, rope in ROPES.items():
    case("llama-rope-" + name, t.LlamaForCausalLM, t.LlamaConfig(**llama, rope_parameters=rope), "causal")
    if name in ("linear", "llama3", "dynamic", "yarn"):
        case("llama-rope-%s-v4" % name, t.LlamaForCausalLM, t.LlamaConfig(**llama, rope_parameters=rope), "causal", v4=True)
case("llama-dynamic-beyond", t.LlamaForCausalLM,
     t.LlamaConfig(**{**llama, "max_position_embeddings": 12}, rope_parameters=ROPES["dynamic"]), "causal", beyond=True)
for heads, groups, size in [(4, 4, 8), (4, 1, 8), (8, 2, 4), (4, 2, 16), (2, 2, 6), (6, 3, 10)]:
    case("llama-heads-%d-%d-%d" % (heads, groups, size), t.LlamaForCausalLM,
         t.LlamaConfig(**{**llama, "num_attention_heads": heads, "num_key_value_heads": groups, "head_dim": size,
                          "hidden_size": 32 if 32 % heads == 0 else 36}), "causal")
for options in [dict(attention_bias=True), dict(mlp_bias=True), dict(attention_bias=True, mlp_bias=True), dict(tie_word_embeddings=True),
                dict(hidden_act="gelu"), dict(hidden_act="relu"), dict(hidden_act="gelu_new"), dict(rms_norm_eps=1e-3),
                dict(num_hidden_layers=5), dict(hidden_size=40, intermediate_size=33)]:
    case("llama-" + "-".join(options), t.LlamaForCausalLM, t.LlamaConfig(**{**llama, **options}), "causal", tag=options)
case("llama-bf16", t.LlamaForCausalLM, t.LlamaConfig(**llama), "causal", dtype=torch.bfloat16)
case("llama-f16-stored", t.LlamaForCausalLM, t.LlamaConfig(**llama), "causal", stored=torch.float16)
case("llama-sharded", t.LlamaForCausalLM, t.LlamaConfig(**llama), "causal", shard="20KB")
case("llama-v4", t.LlamaForCausalLM, t.LlamaConfig(**llama), "causal", v4=True)
case("llama-classify", t.LlamaForSequenceClassification, t.LlamaConfig(**llama, num_labels=5), "classify")
case("llama-classify-one", t.LlamaForSequenceClassification, t.LlamaConfig(**llama, num_labels=1), "classify")
case("llama-base", t.LlamaModel, t.LlamaConfig(**llama), "base")
for window in [None, 4, 9, 64]:
    case("mistral-window-%s" % window, t.MistralForCausalLM, t.MistralConfig(**llama, sliding_window=window), "causal")
case("mistral-head-dim", t.MistralForCausalLM, t.MistralConfig(**llama, sliding_window=5, head_dim=12), "causal")
case("mistral-v4", t.MistralForCausalLM, t.MistralConfig(**llama, sliding_window=6), "causal", v4=True)
case("mistral-classify", t.MistralForSequenceClassification, t.MistralConfig(**llama, num_labels=3, sliding_window=6), "classify")
for options in [dict(), dict(tie_word_embeddings=True), dict(use_sliding_window=True, sliding_window=5, max_window_layers=1),
                dict(use_sliding_window=True, sliding_window=7, max_window_layers=0), dict(num_key_value_heads=4),
                dict(rope_parameters=dict(rope_type="yarn", rope_theta=1e6, factor=4.0, original_max_position_embeddings=16))]:
    case("qwen2-" + "-".join(map(str, options)), t.Qwen2ForCausalLM, t.Qwen2Config(**{**llama, **options}), "causal", tag=options)
case("qwen2-window-v4", t.Qwen2ForCausalLM, t.Qwen2Config(**llama, use_sliding_window=True, sliding_window=5, max_window_layers=1),
     "causal", v4=True)
case("qwen2-classify", t.Qwen2ForSequenceClassification, t.Qwen2Config(**llama, num_labels=4), "classify")
for options in [dict(head_dim=8), dict(head_dim=16), dict(head_dim=8, attention_bias=True), dict(head_dim=8, tie_word_embeddings=True),
                dict(head_dim=8, use_sliding_window=True, sliding_window=6, max_window_layers=1)]:
    case("qwen3-" + "-".join(map(str, options)), t.Qwen3ForCausalLM, t.Qwen3Config(**{**llama, **options}), "causal", tag=options)
case("qwen3-v4", t.Qwen3ForCausalLM, t.Qwen3Config(**llama, head_dim=16), "causal", v4=True)
case("qwen3-classify", t.Qwen3ForSequenceClassification, t.Qwen3Config(**llama, head_dim=8, num_labels=4), "classify")
gemma = dict(vocab_size=V, hidden_size=32, intermediate_size=48, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
             head_dim=8, max_position_embeddings=64, sliding_window=6, query_pre_attn_scalar=16, **ids)
for options in [dict(), dict(attn_logit_softcapping=None), dict(final_logit_softcapping=None), dict(attn_logit_softcapping=2.0, final_logit_softcapping=3.0),
                dict(attention_bias=True), dict(sliding_window=3), dict(query_pre_attn_scalar=8), dict(hidden_activation="gelu")]:
    case("gemma2-" + "-".join(map(str, options)), t.Gemma2ForCausalLM, t.Gemma2Config(**{**gemma, **options}), "causal", tag=options)
case("gemma2-v4", t.Gemma2ForCausalLM, t.Gemma2Config(**gemma), "causal", v4=True)
case("gemma2-classify", t.Gemma2ForSequenceClassification, t.Gemma2Config(**gemma, num_labels=4), "classify")
for options in [dict(), dict(final_logit_softcapping=5.0), dict(attn_logit_softcapping=4.0), dict(sliding_window=3), dict(num_hidden_layers=7),
                dict(layer_types=["full_attention", "sliding_attention"] * 2), dict(head_dim=16),
                dict(rope_parameters=dict(full_attention=dict(rope_type="linear", factor=8.0, rope_theta=1e6),
                                          sliding_attention=dict(rope_type="default", rope_theta=1e4)))]:
    case("gemma3-" + "-".join(map(str, options)), t.Gemma3ForCausalLM, t.Gemma3TextConfig(**{**gemma, **options}), "causal", tag=options)
phi = {**llama, "original_max_position_embeddings": 64}
for options in [dict(), dict(sliding_window=5), dict(num_key_value_heads=4), dict(rope_parameters=dict(rope_type="default", rope_theta=1e4, partial_rotary_factor=0.5))]:
    case("phi3-" + "-".join(map(str, options)), t.Phi3ForCausalLM, t.Phi3Config(**{**phi, **options}), "causal", tag=options)
for context in [16, 64]:
    case("phi3-longrope-%d" % context, t.Phi3ForCausalLM,
         t.Phi3Config(**{**phi, "max_position_embeddings": 64, "original_max_position_embeddings": context},
                      rope_parameters=dict(rope_type="longrope", rope_theta=1e4, short_factor=[1.0, 1.1, 1.2, 1.5],
                                           long_factor=[1.5, 2.0, 3.0, 4.0], original_max_position_embeddings=context)), "causal")
gpt = dict(vocab_size=V, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=1, eos_token_id=2)
for options in [dict(), dict(n_inner=40), dict(scale_attn_weights=False), dict(scale_attn_by_inverse_layer_idx=True), dict(activation_function="relu"),
                dict(tie_word_embeddings=False), dict(reorder_and_upcast_attn=True), dict(layer_norm_epsilon=1e-3), dict(n_head=8, n_layer=4),
                dict(activation_function="silu")]:
    case("gpt2-" + "-".join(map(str, options)), t.GPT2LMHeadModel, t.GPT2Config(**{**gpt, **options}), "causal", tag=options)
case("gpt2-bf16", t.GPT2LMHeadModel, t.GPT2Config(**gpt), "causal", dtype=torch.bfloat16)
case("gpt2-classify", t.GPT2ForSequenceClassification, t.GPT2Config(**gpt, num_labels=3, pad_token_id=0), "classify")
case("gpt2-base", t.GPT2Model, t.GPT2Config(**gpt), "base")
bert = dict(vocab_size=V, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=40, pad_token_id=0)
ENCODERS = {
    "bert": (t.BertConfig, "Bert", bert, [dict(hidden_act="relu"), dict(hidden_act="gelu_new"), dict(type_vocab_size=4), dict(layer_norm_eps=1e-5),
                                          dict(num_attention_heads=8, num_hidden_layers=4)]),
    "roberta": (t.RobertaConfig, "Roberta", {**bert, "pad_token_id": 1, "type_vocab_size": 1}, [dict(hidden_act="relu"), dict(pad_token_id=0)]),
    "xlm-roberta": (t.XLMRobertaConfig, "XLMRoberta", {**bert, "pad_token_id": 1, "type_vocab_size": 1}, []),
    "electra": (t.ElectraConfig, "Electra", {**bert, "embedding_size": 16}, [dict(embedding_size=32), dict(hidden_act="relu")]),
    "distilbert": (t.DistilBertConfig, "DistilBert", dict(vocab_size=V, dim=32, n_layers=2, n_heads=4, hidden_dim=48, max_position_embeddings=40, pad_token_id=0),
                   [dict(activation="relu"), dict(sinusoidal_pos_embds=True)]),
    "mpnet": (t.MPNetConfig, "MPNet", {**bert, "pad_token_id": 1}, [dict(relative_attention_num_buckets=32, hidden_act="relu")]),
}
for family, (config, prefix, base, variants) in ENCODERS.items():
    for head in ["ForMaskedLM", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering", "Model"]:
        case(family + "-" + head, getattr(t, prefix + head), config(**base, num_labels=2 if "Question" in head else 4), "encoder")
    for options in variants:
        case(family + "-" + "-".join(map(str, options.items())), getattr(t, prefix + "ForMaskedLM"), config(**{**base, **options}), "encoder", tag=options)
case("bert-pretraining", t.BertForPreTraining, t.BertConfig(**bert), "encoder", first="prediction_logits")
case("bert-untied", t.BertForMaskedLM, t.BertConfig(**bert, tie_word_embeddings=False), "encoder")
case("bert-bf16", t.BertForMaskedLM, t.BertConfig(**bert), "encoder", dtype=torch.bfloat16)
case("bert-v4", t.BertForMaskedLM, t.BertConfig(**bert), "encoder", v4=True)
t5 = dict(vocab_size=V, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, relative_attention_num_buckets=8, relative_attention_max_distance=20,
          decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
for options in [dict(), dict(feed_forward_proj="gated-gelu"), dict(feed_forward_proj="gated-silu"), dict(num_decoder_layers=3), dict(d_kv=12),
                dict(tie_word_embeddings=False), dict(relative_attention_num_buckets=32, relative_attention_max_distance=128)]:
    case("t5-" + "-".join(map(str, options)), t.T5ForConditionalGeneration, t.T5Config(**{**t5, **options}), "seq2seq", tag=options)
bart = dict(vocab_size=V, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48,
            decoder_ffn_dim=40, max_position_embeddings=64, pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=None)
for options in [dict(), dict(scale_embedding=True), dict(activation_function="relu"), dict(decoder_layers=3, decoder_attention_heads=8)]:
    case("bart-" + "-".join(map(str, options)), t.BartForConditionalGeneration, t.BartConfig(**{**bart, **options}), "seq2seq", tag=options)
for options in [dict(), dict(scale_embedding=True), dict(activation_function="swish"), dict(encoder_layers=3)]:
    case("marian-" + "-".join(map(str, options)), t.MarianMTModel,
         t.MarianConfig(**{**bart, "decoder_start_token_id": 1, "eos_token_id": 0, "bos_token_id": None, **options}), "seq2seq", tag=options)
whisper = dict(vocab_size=V, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4, encoder_ffn_dim=48,
               decoder_ffn_dim=40, num_mel_bins=20, max_source_positions=30, max_target_positions=40, pad_token_id=0, bos_token_id=1, eos_token_id=2,
               decoder_start_token_id=3, begin_suppress_tokens=None, suppress_tokens=None)
for options in [dict(), dict(activation_function="relu"), dict(encoder_layers=1, decoder_layers=3)]:
    case("whisper-" + "-".join(map(str, options)), t.WhisperForConditionalGeneration, t.WhisperConfig(**{**whisper, **options}), "whisper", tag=options)
vit = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=16, patch_size=4, num_channels=3)
for options in [dict(), dict(qkv_bias=False), dict(patch_size=8), dict(num_channels=1), dict(hidden_act="relu"), dict(image_size=20)]:
    case("vit-" + "-".join(map(str, options)), t.ViTForImageClassification, t.ViTConfig(**{**vit, **options}, num_labels=5), "picture", tag=options)
resnet = dict(embedding_size=8, hidden_sizes=[8, 16, 32], depths=[1, 2, 1], layer_type="basic")
for options in [dict(), dict(layer_type="bottleneck"), dict(layer_type="bottleneck", downsample_in_bottleneck=True), dict(downsample_in_first_stage=True),
                dict(hidden_act="gelu"), dict(num_channels=1)]:
    case("resnet-" + "-".join(map(str, options)), t.ResNetForImageClassification, t.ResNetConfig(**{**resnet, **options}, num_labels=5), "picture", tag=options)
tower = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4)
for name, text, vision in [("", {}, {}), ("gelu", dict(hidden_act="gelu"), dict(hidden_act="gelu")), ("old-end", dict(eos_token_id=2), {}), ("patch", {}, dict(patch_size=8))]:
    case("clip-" + name, t.CLIPModel,
         t.CLIPConfig(text_config=dict(vocab_size=V, max_position_embeddings=30, eos_token_id=119, bos_token_id=1, pad_token_id=0, **{**tower, **text} if "eos_token_id" not in text else tower) if "eos_token_id" not in text
                      else dict(vocab_size=V, max_position_embeddings=30, bos_token_id=1, pad_token_id=0, **tower, **text),
                      vision_config=dict(image_size=16, **{"patch_size": 4, **tower, **vision}), projection_dim=24), "clip")
for family, head, options in [("Llama", "Token", {}), ("Llama", "Question", {}), ("Mistral", "Token", dict(sliding_window=6)), ("Mistral", "Question", {}),
                              ("Qwen2", "Token", {}), ("Qwen2", "Question", {}), ("Qwen3", "Token", dict(head_dim=8)), ("Qwen3", "Question", dict(head_dim=8)),
                              ("Phi3", "Token", {})]:
    kind = "TokenClassification" if head == "Token" else "QuestionAnswering"
    case("%s-%s" % (family.lower(), kind), getattr(t, family + "For" + kind),
         getattr(t, family + "Config")(**{**llama, **options}, num_labels=4 if head == "Token" else 2), "encoder", masked=True)
case("gemma2-TokenClassification", t.Gemma2ForTokenClassification, t.Gemma2Config(**gemma, num_labels=4), "encoder", masked=True)
case("gpt2-TokenClassification", t.GPT2ForTokenClassification, t.GPT2Config(**gpt, num_labels=4), "encoder", masked=True)
case("gpt2-QuestionAnswering", t.GPT2ForQuestionAnswering, t.GPT2Config(**gpt), "encoder", masked=True)
case("bart-SequenceClassification", t.BartForSequenceClassification, t.BartConfig(**bart, num_labels=4), "judge")
case("bart-SequenceClassification-default", t.BartForSequenceClassification, t.BartConfig(**bart), "judge")
case("bart-QuestionAnswering", t.BartForQuestionAnswering, t.BartConfig(**bart), "judge")
case("t5-SequenceClassification", t.T5ForSequenceClassification, t.T5Config(**t5, num_labels=4), "judge")
case("t5-QuestionAnswering", t.T5ForQuestionAnswering, t.T5Config(**t5), "judge")
case("t5-TokenClassification", t.T5ForTokenClassification, t.T5Config(**t5, num_labels=4), "encoder")
case("t5-EncoderModel", t.T5EncoderModel, t.T5Config(**{**t5, "feed_forward_proj": "gated-gelu"}), "encoder")


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "embed_positions" in name and "Marian" in type(model).__name__:
                continue  # computed, not stored
            if p.dim() >= 2:
                p.copy_(torch.randn(p.shape, generator=generator) * (0.15 if p.dim() == 2 else 0.1))
            elif "norm" in name.lower() or "ln_" in name or name.endswith("weight"):
                base = 0.0 if "gemma" in type(model).__name__.lower() else 1.0
                p.copy_(base + torch.randn(p.shape, generator=generator) * 0.2)
            elif p.dim() == 1:
                p.copy_(torch.randn(p.shape, generator=generator) * 0.1)
        for name, b in model.named_buffers():
            if "running_mean" in name:
                b.copy_(torch.randn(b.shape, generator=generator) * 0.2)
            if "running_var" in name:
                b.copy_(torch.rand(b.shape, generator=generator) + 0.5)
            if "final_logits_bias" in name:
                b.copy_(torch.randn(b.shape, generator=generator) * 0.2)


def tokens(generator, batch, time, low=3):
    return torch.randint(low, V, (batch, time), generator=generator)


def padded(ids, model, side):
    mask = torch.ones_like(ids)
    pad = model.config.pad_token_id if model.config.pad_token_id is not None else 0
    cut = ids.shape[1] // 3
    if side == "left":
        mask[1, :cut] = 0
    else:
        mask[1, -cut:] = 0
    ids = ids.clone()
    ids[mask == 0] = pad
    return ids, mask


def compute(model, kind, how, seed):
    g = torch.Generator().manual_seed(1000 + seed)
    inputs, expected = {}, {}
    with torch.no_grad():
        if kind in ("causal", "base", "classify"):
            time = 20
            ids = tokens(g, 2, time)
            inputs["input_ids"] = ids
            if kind == "causal":
                expected["logits"] = model(input_ids=ids).logits
                left, mask = padded(ids, model, "left")
                positions = (mask.cumsum(-1) - 1).clamp(min=0)
                if not how.get("beyond"):
                    expected["logits_left_padded"] = model(input_ids=left, attention_mask=mask, position_ids=positions).logits
                    inputs["left_ids"], inputs["left_mask"] = left, mask
                    expected["greedy"] = model.generate(ids[:1], max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0)
                    expected["greedy_padded"] = model.generate(left, attention_mask=mask, max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0)
                    expected["beams"] = model.generate(ids[:1], max_new_tokens=8, num_beams=3, do_sample=False, eos_token_id=5, pad_token_id=0)
                    expected["forced"] = model.generate(ids[:1], max_new_tokens=6, forced_eos_token_id=7, do_sample=False, eos_token_id=7, pad_token_id=0)
                    expected["forced_beams"] = model.generate(ids[:1], max_new_tokens=6, num_beams=3, forced_eos_token_id=7, do_sample=False, eos_token_id=7, pad_token_id=0)
                    expected["unrepeated"] = model.generate(ids[:1], max_new_tokens=14, no_repeat_ngram_size=2, do_sample=False, eos_token_id=None, pad_token_id=0)
                    expected["penalized"] = model.generate(ids[:1], max_new_tokens=8, repetition_penalty=1.7, do_sample=False, eos_token_id=None, pad_token_id=0)
            elif kind == "classify":
                right, mask = padded(ids, model, "right")
                inputs["input_ids"], inputs["attention_mask"] = right, mask
                expected["logits"] = model(input_ids=right, attention_mask=mask).logits
            else:
                expected["last_hidden"] = model(input_ids=ids).last_hidden_state
        elif kind == "encoder":
            right, mask = padded(tokens(g, 2, 18), model, "right")
            inputs["input_ids"], inputs["attention_mask"] = right, mask
            kinds = getattr(model.config, "type_vocab_size", 0)
            if kinds and kinds > 1 and model.config.model_type not in ("distilbert", "mpnet"):
                inputs["token_type_ids"] = torch.randint(0, kinds, right.shape, generator=g)
            out = model(**inputs)
            for name in ("logits", "start_logits", "end_logits"):
                if name in out:
                    expected[name] = out[name]
            if how.get("first"):
                expected["logits"] = out[how["first"]]
            if "last_hidden_state" in out:
                expected["last_hidden"] = out.last_hidden_state
            if out.get("pooler_output") is not None:
                expected["pooled"] = out.pooler_output
        elif kind == "judge":
            right, mask = padded(tokens(g, 2, 14), model, "right")
            for row in range(2):
                right[row, int(mask[row].sum()) - 1] = model.config.eos_token_id
            inputs["input_ids"], inputs["attention_mask"] = right, mask
            out = model(**inputs)
            for name in ("logits", "start_logits", "end_logits"):
                if name in out:
                    expected[name] = out[name]
        elif kind == "seq2seq":
            right, mask = padded(tokens(g, 2, 14), model, "right")
            inputs["input_ids"], inputs["attention_mask"] = right, mask
            inputs["decoder_input_ids"] = tokens(g, 2, 9)
            expected["logits"] = model(**inputs).logits
            expected["greedy"] = model.generate(right[:1], attention_mask=mask[:1], max_new_tokens=10, do_sample=False, num_beams=1, use_cache=False)
            expected["beams"] = model.generate(right[:1], attention_mask=mask[:1], max_new_tokens=8, num_beams=3, do_sample=False, use_cache=False)
        elif kind == "whisper":
            inputs["input_features"] = torch.randn(2, model.config.num_mel_bins, 2 * model.config.max_source_positions, generator=g)
            inputs["decoder_input_ids"] = tokens(g, 2, 9)
            expected["logits"] = model(**inputs).logits
        elif kind == "picture":
            size = getattr(model.config, "image_size", 40)
            inputs["pixel_values"] = torch.randn(2, model.config.num_channels, size, size, generator=g)
            expected["logits"] = model(**inputs).logits
        elif kind == "clip":
            ids = tokens(g, 3, 12)
            ids[:, -3] = 119
            ids[:, -2:] = 0
            mask = torch.ones_like(ids)
            mask[:, -2:] = 0
            inputs = dict(input_ids=ids, attention_mask=mask, pixel_values=torch.randn(2, 3, 16, 16, generator=g))
            out = model(**inputs)
            expected = dict(logits=out.logits_per_image, text_embeds=out.text_embeds, image_embeds=out.image_embeds)
    return inputs, expected


def old_layout(folder):
    """The layout that transformers 4 wrote."""
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    config["torch_dtype"] = config.pop("dtype", "float32")
    rope = config.pop("rope_parameters", None)
    if rope:
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = rope if rope.get("rope_type", "default") != "default" else None
    config.pop("layer_types", None)
    config["transformers_version"] = "4.51.0"
    json.dump(config, open(path, "w"), indent=1)


def make(target, start=0, step=1):
    os.makedirs(target, exist_ok=True)
    for seed, (name, kind_of_model, config, kind, how) in list(enumerate(CASES))[start::step]:
        torch.manual_seed(seed)
        clean = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
        folder = os.path.join(target, "%03d-%s" % (seed, clean))
        if getattr(config, "attn_logit_softcapping", None):
            config._attn_implementation = "eager"  # the others leave the cap out
        model = kind_of_model(config).eval()
        randomize(model, seed)
        if how.get("stored"):
            for p in model.parameters():
                p.data = p.data.to(how["stored"]).float()
        if how.get("dtype"):
            model = model.to(how["dtype"])
        inputs, expected = compute(model, kind, how, seed)
        if how.get("stored"):
            model = model.to(how["stored"])
        model.save_pretrained(folder, **({"max_shard_size": how["shard"]} if how.get("shard") else {}))
        if how.get("v4"):
            old_layout(folder)
        save_file({k: v.contiguous() for k, v in inputs.items()}, os.path.join(folder, "inputs.safetensors"))
        save_file({k: (v.float() if v.is_floating_point() else v).contiguous() for k, v in expected.items()}, os.path.join(folder, "expected.safetensors"))
        json.dump(dict(kind=kind, model_class=kind_of_model.__name__, bf16=how.get("dtype") is not None, f32=how.get("stored") is not None,
                       masked=how.get("masked", False)),
                  open(os.path.join(folder, "parity.json"), "w"))
    print(len(CASES), "cases")


def check(made, saved):
    worst = 0
    for name in sorted(os.listdir(saved)):
        about = json.load(open(os.path.join(made, name, "parity.json")))
        model = getattr(t, about["model_class"]).from_pretrained(os.path.join(saved, name)).eval()
        inputs = load_file(os.path.join(made, name, "inputs.safetensors"))
        inputs = {k: v for k, v in inputs.items() if not k.startswith("left_")}
        expected = load_file(os.path.join(made, name, "expected.safetensors"))
        with torch.no_grad():
            out = model(**inputs)
        for key in ("logits", "logits_per_image", "start_logits", "last_hidden_state"):
            want = expected.get({"logits_per_image": "logits", "last_hidden_state": "last_hidden"}.get(key, key))
            if want is None or key not in out:
                continue
            apart = (out[key].float() - want).abs().max().item()
            worst = max(worst, 0 if about["bf16"] else apart)
            if apart > (0.3 if about["bf16"] else 1e-4):
                sys.exit("%s: %s differs by %g" % (name, key, apart))
    print("largest difference", worst)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], *map(int, sys.argv[3:5]))
    else:
        check(sys.argv[2], sys.argv[3])
