"""Ten steps of TRL's SFT and DPO on a tiny model, with the tokens it used.

    trl_peer.py FOLDER     writes base/, sft.json and dpo.json
"""
import json, os, random, sys, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
import transformers as t
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from torch.utils.data import SequentialSampler
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
torch.manual_seed(3)
random.seed(3)
V = 120
config = t.LlamaConfig(vocab_size=V, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                       max_position_embeddings=64, bos_token_id=None, eos_token_id=1, pad_token_id=0, initializer_range=0.2)
t.LlamaForCausalLM(config).save_pretrained(os.path.join(out, "base"))
words = Tokenizer(models.WordLevel({("<pad>" if i == 0 else "<eos>" if i == 1 else "t%d" % i): i for i in range(V)}, unk_token="t2"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = t.PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>")


def text(low, high):
    return " ".join("t%d" % random.randint(3, V - 1) for _ in range(random.randint(low, high)))


class Recording:
    """Keeps the order of the rows, and every loss with the tokens it is of."""
    records = None

    def _get_train_sampler(self, *args, **kwargs):
        return SequentialSampler(self.train_dataset)

    def compute_loss(self, model, inputs, *args, **kwargs):
        kept = {k: v.tolist() for k, v in inputs.items() if torch.is_tensor(v)}
        result = super().compute_loss(model, inputs, *args, **kwargs)
        loss = result[0] if isinstance(result, tuple) else result
        self.records.append(dict(kept, loss=loss.item()))
        return result


class Sft(Recording, SFTTrainer):
    records = []


class Dpo(Recording, DPOTrainer):
    records = []


common = dict(output_dir=os.path.join(out, "work"), per_device_train_batch_size=4, max_steps=10, learning_rate=5e-3, lr_scheduler_type="constant",
              optim="adamw_torch", weight_decay=0.0, max_grad_norm=1.0, report_to=[], use_cpu=True, bf16=False, save_strategy="no", logging_strategy="no",
              disable_tqdm=True, gradient_checkpointing=False)
load = lambda: t.LlamaForCausalLM.from_pretrained(os.path.join(out, "base"))
sft = Dataset.from_list([dict(prompt=text(3, 9), completion=" " + text(3, 12)) for _ in range(40)])
Sft(model=load(), args=SFTConfig(**common), train_dataset=sft, processing_class=tokenizer).train()
dpo = Dataset.from_list([dict(prompt=text(3, 9), chosen=" " + text(3, 12), rejected=" " + text(3, 12)) for _ in range(40)])
Dpo(model=load(), ref_model=None, args=DPOConfig(**common, beta=0.3), train_dataset=dpo, processing_class=tokenizer).train()
json.dump(Sft.records, open(os.path.join(out, "sft.json"), "w"))
json.dump(Dpo.records, open(os.path.join(out, "dpo.json"), "w"))
