"""Tokenizers made and used by the reference libraries.

    tokenizers_peer.py FOLDER VOCABULARIES    writes models and cases.jsonl with what the references say
"""
import gzip, json, os, random, sys, unicodedata
import sentencepiece
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
import transformers

out, vocabularies = sys.argv[1], sys.argv[2]
os.makedirs(out, exist_ok=True)
random.seed(7)


def text():
    """A random text of many scripts, blanks and symbols."""
    kinds = [
        lambda: chr(random.randint(0x20, 0x7E)), lambda: chr(random.randint(0x4E00, 0x9FFF)), lambda: chr(random.randint(0xA0, 0x24F)),
        lambda: chr(random.randint(0x400, 0x4FF)), lambda: chr(random.randint(0x600, 0x6FF)), lambda: chr(random.randint(0x1F300, 0x1F6FF)),
        lambda: random.choice(" \t\n\r\u00a0\u3000\u200b\u0301\ufe0f\u200d"), lambda: random.choice(["the ", "ing", "'s", "123", "  ", "Don't", "中文", "été"]),
        lambda: chr(random.randint(0xAC00, 0xD7A3)), lambda: chr(random.randint(0x20000, 0x2A6DF)), lambda: chr(random.randint(1, 0xFFFF)),
    ]
    s = "".join(random.choice(kinds)() for _ in range(random.randint(0, 40)))
    return "".join(c for c in s if not 0xD800 <= ord(c) <= 0xDFFF)


texts = [text() for _ in range(10000)]
corpus = [" ".join(random.choice("the a of model 数据 train 模型 layers; loss? GPU's don't naïve 12 345".split(" ")) for _ in range(30)) for _ in range(400)]

made = {}
# what the Rust trainer learns
t = Tokenizer(models.BPE())
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
t.decoder = decoders.ByteLevel()
t.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=400, min_frequency=2, special_tokens=["<|end|>"], show_progress=False,
                                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
t.save(os.path.join(out, "trained.json"))
with open(os.path.join(out, "corpus.json"), "w") as f:
    json.dump(corpus, f)
# SentencePiece
with open(os.path.join(out, "corpus.txt"), "w") as f:
    f.write("\n".join(corpus + [x.replace("\n", " ").replace("\r", " ").replace("\0", " ") for x in texts[:40]]))
for kind, more in [("unigram", {}), ("bpe", dict(byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False)),
                   ("unigram-bytes", dict(byte_fallback=True))]:
    sentencepiece.SentencePieceTrainer.train(input=os.path.join(out, "corpus.txt"), model_prefix=os.path.join(out, kind), vocab_size=1200,
                                             model_type=kind.split("-")[0], hard_vocab_limit=False, character_coverage=0.98, minloglevel=2, **more)
vocab = gzip.open(os.path.join(vocabularies, "bert-base-uncased-vocab.txt.gz"), "rt", encoding="utf8").read()
os.makedirs(os.path.join(out, "bert"), exist_ok=True)
open(os.path.join(out, "bert", "vocab.txt"), "w", encoding="utf8").write(vocab)
json.dump(dict(do_lower_case=True), open(os.path.join(out, "bert", "tokenizer_config.json"), "w"))
bert = transformers.BertTokenizer.from_pretrained(os.path.join(out, "bert"))
open(os.path.join(out, "bge.json"), "wb").write(gzip.open(os.path.join(vocabularies, "bge-small-zh-v1.5-tokenizer.json.gz")).read())
bge = transformers.PreTrainedTokenizerFast(tokenizer_file=os.path.join(out, "bge.json"))

with open(os.path.join(out, "cases.jsonl"), "w") as f:
    for i, s in enumerate(texts):
        case = dict(text=s, bert=bert(s)["input_ids"], bge=bge(s)["input_ids"], trained=t.encode(s).ids)
        case["trained_text"] = t.decode(case["trained"])
        f.write(json.dumps(case) + "\n")
with open(os.path.join(out, "pieces.jsonl"), "w") as f:
    for name in ("unigram", "bpe", "unigram-bytes"):
        p = sentencepiece.SentencePieceProcessor(model_file=os.path.join(out, name + ".model"))
        for s in texts[:2000] + corpus[:100] + ["", " ", "  the   model ", "a  b", "\tx"]:
            # The Rust library normalizes whole graphemes, SentencePiece single characters; transformers has the former.
            marks = any(unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf", "Sk") for c in unicodedata.normalize("NFKD", s))
            if "\0" not in s and "▁" not in s and not (marks and name != "bpe"):
                f.write(json.dumps(dict(model=name, text=s, ids=p.encode(s), decoded=p.decode(p.encode(s)))) + "\n")
# A translator's folder: pieces of two languages, one list of ids.
marian = os.path.join(out, "marian")
os.makedirs(marian, exist_ok=True)
english = ["The model reads %s words about %s and trains." % (a, b) for a in ("many", "few", "new", "12") for b in ("data", "layers", "loss", "rivers")]
chinese = ["模型读取关于%s的%s并训练。" % (b, a) for a in ("数据", "文字", "新词") for b in ("河流", "损失", "层", "图")]
for name, lines in (("source", english), ("target", chinese)):
    with open(os.path.join(out, name + ".txt"), "w") as f:
        f.write("\n".join(lines * 5))
    sentencepiece.SentencePieceTrainer.train(input=os.path.join(out, name + ".txt"), model_prefix=os.path.join(marian, name), vocab_size=90,
                                             model_type="unigram", hard_vocab_limit=False, minloglevel=2)
    os.replace(os.path.join(marian, name + ".model"), os.path.join(marian, name + ".spm"))
ids = {"</s>": 0, "<unk>": 1, ">>cmn<<": 2}
for name in ("source", "target"):
    p = sentencepiece.SentencePieceProcessor(model_file=os.path.join(marian, name + ".spm"))
    for i in range(3, p.get_piece_size()):
        ids.setdefault(p.id_to_piece(i), len(ids))
ids["<pad>"] = len(ids)
json.dump(ids, open(os.path.join(marian, "vocab.json"), "w"))
json.dump(dict(source_lang="eng", target_lang="zho", tokenizer_class="MarianTokenizer"), open(os.path.join(marian, "tokenizer_config.json"), "w"))
m = transformers.MarianTokenizer.from_pretrained(marian)
with open(os.path.join(out, "marian.jsonl"), "w") as f:
    for s in english + ["", " ", "  the   model ", "Reads\tlines.", ">>cmn<< The model reads.", "Zebra quartz", "Über the model"]:
        f.write(json.dumps(dict(text=s, ids=m(s)["input_ids"])) + "\n")
    for s in chinese:
        with_target = m(text_target=s)["input_ids"]
        f.write(json.dumps(dict(written=with_target, text=m.decode(with_target, skip_special_tokens=True))) + "\n")
print("ok")
