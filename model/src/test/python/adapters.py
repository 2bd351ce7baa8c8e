"""LoRA adapters made by PEFT, and what their models compute.

    adapters.py make FOLDER            base, adapter, inputs and scores of several settings
    adapters.py check FOLDER SAVED     opens adapters that Millrace saved and compares the scores
"""
import os, sys, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers as t
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file

small = dict(vocab_size=120, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0)
gpt = dict(vocab_size=120, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=1, eos_token_id=2)
bert = dict(vocab_size=120, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=40, pad_token_id=0)
llama = lambda: t.LlamaForCausalLM(t.LlamaConfig(**small))
CASES = {
    "llama-qv": (llama, dict(target_modules=["q_proj", "v_proj"], r=4, lora_alpha=8)),
    "llama-all": (llama, dict(target_modules="all-linear", r=3, lora_alpha=7)),
    "llama-rslora": (llama, dict(target_modules=["k_proj", "down_proj"], r=4, lora_alpha=8, use_rslora=True)),
    "llama-dora": (llama, dict(target_modules=["q_proj", "up_proj", "o_proj"], r=4, lora_alpha=8, use_dora=True)),
    "llama-patterns": (llama, dict(target_modules=["q_proj", "v_proj"], r=4, lora_alpha=8, rank_pattern={"layers.1.self_attn.q_proj": 2},
                                   alpha_pattern={"v_proj": 20})),
    "llama-one-layer": (llama, dict(target_modules=["gate_proj"], layers_to_transform=[1], r=2, lora_alpha=2)),
    "qwen2-bias": (lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**small)), dict(target_modules=["q_proj", "k_proj", "v_proj"], r=4, lora_alpha=8)),
    "qwen2-dora-bias": (lambda: t.Qwen2ForCausalLM(t.Qwen2Config(**small)), dict(target_modules=["k_proj"], r=4, lora_alpha=8, use_dora=True)),
    "gpt2": (lambda: t.GPT2LMHeadModel(t.GPT2Config(**gpt)), dict(target_modules=["c_attn", "mlp.c_proj"], r=4, lora_alpha=8, fan_in_fan_out=True)),
    "bert-classify": (lambda: t.BertForSequenceClassification(t.BertConfig(**bert, num_labels=4)),
                      dict(target_modules=["query", "value"], r=4, lora_alpha=8, modules_to_save=["classifier"], task_type="SEQ_CLS")),
    "llama-classify": (lambda: t.LlamaForSequenceClassification(t.LlamaConfig(**small, num_labels=3)),
                       dict(target_modules=["q_proj"], r=4, lora_alpha=8, modules_to_save=["score"], task_type="SEQ_CLS")),
}


def make(target):
    for seed, (name, (build, options)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        base = build().eval()
        folder = os.path.join(target, name)
        base.save_pretrained(os.path.join(folder, "base"))
        model = get_peft_model(base, LoraConfig(**{"task_type": "CAUSAL_LM", **options})).eval()
        with torch.no_grad():
            for n, p in model.named_parameters():
                if "lora_" in n and "magnitude" not in n or "modules_to_save" in n:
                    p.copy_(torch.randn(p.shape) * 0.3)
                if "magnitude" in n:
                    p.mul_(torch.rand(p.shape) + 0.5)
            model.save_pretrained(os.path.join(folder, "adapter"))
            ids = torch.randint(3, 120, (2, 11))
            save_file(dict(input_ids=ids, logits=model(input_ids=ids).logits.contiguous()), os.path.join(folder, "expected.safetensors"))


def check(made, saved):
    worst = 0
    for name, (build, _) in CASES.items():
        kind = type(build())
        base = kind.from_pretrained(os.path.join(made, name, "base"))
        model = PeftModel.from_pretrained(base, os.path.join(saved, name)).eval()
        expected = load_file(os.path.join(made, name, "expected.safetensors"))
        with torch.no_grad():
            apart = (model(input_ids=expected["input_ids"]).logits - expected["logits"]).abs().max().item()
        worst = max(worst, apart)
        if apart > 1e-4:
            sys.exit("%s differs by %g" % (name, apart))
    print("largest difference", worst)


if __name__ == "__main__":
    make(sys.argv[2]) if sys.argv[1] == "make" else check(sys.argv[2], sys.argv[3])
