"""Ten steps of fine-tuning by transformers on each task, for LessonsPeerTest: folders and losses under argv[1]."""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F
import transformers as tf

out = sys.argv[1]
rng = np.random.default_rng(3)
STEPS, RATE, VOCABULARY = 10, 1e-3, 120


def texts(count, low=4, high=14):
    return [rng.integers(5, VOCABULARY, rng.integers(low, high)).tolist() for _ in range(count)]


def padded(rows, value):
    longest = max(map(len, rows))
    return torch.tensor([row + [value] * (longest - len(row)) for row in rows])


def mask(rows):
    return padded([[1] * len(row) for row in rows], 0)


def run(name, model, loss, examples):
    model.save_pretrained(os.path.join(out, name))
    model.train()
    decayed = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(decayed, lr=RATE, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model)
        value, said = value if isinstance(value, tuple) else (value, value)
        value.backward()
        for p in decayed:
            if p.grad is None:
                p.grad = torch.zeros_like(p)
        torch.nn.utils.clip_grad_norm_(decayed, 1.0)
        optimizer.step()
        losses.append(said.item())
    with open(os.path.join(out, name + ".json"), "w") as file:
        json.dump({"examples": examples, "losses": losses}, file)


torch.manual_seed(1)
small = dict(vocab_size=VOCABULARY, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
             max_position_embeddings=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.2)

rows = texts(8)
labels = rng.integers(0, 5, 8).tolist()
run("classify", tf.BertForSequenceClassification(tf.BertConfig(**small, num_labels=5)),
    lambda m: m(input_ids=padded(rows, 0), attention_mask=mask(rows), labels=torch.tensor(labels)).loss,
    {"ids": rows, "labels": labels})


class Pooled(tf.BertPreTrainedModel):
    """Classes by the largest of each number over the tokens, and by the mean of the words before the first block; transformers has no such head."""

    def __init__(self, config, words):
        super().__init__(config)
        self.words = words
        self.bert = tf.BertModel(config, add_pooling_layer=False)
        self.pooled_classifier = torch.nn.Linear((2 if words else 1) * config.hidden_size, config.hidden_size)
        self.classifier = torch.nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(self, ids, seen):
        out = self.bert(input_ids=ids, attention_mask=seen, output_hidden_states=True)
        seen = seen.unsqueeze(2)
        text = out.last_hidden_state.masked_fill(seen == 0, -1e30).max(1).values
        if self.words:
            text = torch.cat([(out.hidden_states[0] * seen).sum(1) / seen.sum(1), text], 1)
        return self.classifier(torch.tanh(self.pooled_classifier(text)))


for name, words in (("classify-max", False), ("classify-words", True)):
    run(name, Pooled(tf.BertConfig(**small, num_labels=5), words),
        lambda m: F.cross_entropy(m(padded(rows, 0), mask(rows)), torch.tensor(labels)), {"ids": rows, "labels": labels})
    place = os.path.join(out, name, "config.json")
    with open(place) as file:
        config = json.load(file)
    config.update(architectures=["BertForSequenceClassification"], classifier_pooling="max", classifier_words=words)
    with open(place, "w") as file:
        json.dump(config, file)

tags = [[int(t) if rng.random() < 0.7 else -100 for t in rng.integers(0, 5, len(row))] for row in rows]
run("tag", tf.BertForTokenClassification(tf.BertConfig(**small, num_labels=5)),
    lambda m: m(input_ids=padded(rows, 0), attention_mask=mask(rows), labels=padded(tags, -100)).loss,
    {"ids": rows, "tags": tags})

starts = [int(rng.integers(0, len(row) - 1)) for row in rows]
ends = [int(rng.integers(s, len(row))) for s, row in zip(starts, rows)]
run("answer", tf.BertForQuestionAnswering(tf.BertConfig(**small)),
    lambda m: m(input_ids=padded(rows, 0), attention_mask=mask(rows), start_positions=torch.tensor(starts),
                end_positions=torch.tensor(ends)).loss,
    {"ids": rows, "starts": starts, "ends": ends})

hidden = [[t if rng.random() < 0.4 else -100 for t in row] for row in rows]
given = [[4 if h != -100 else t for t, h in zip(row, marks)] for row, marks in zip(rows, hidden)]
run("mask", tf.BertForMaskedLM(tf.BertConfig(**small)),
    lambda m: m(input_ids=padded(given, 0), attention_mask=mask(given), labels=padded(hidden, -100)).loss,
    {"ids": given, "targets": hidden})

# The words of each text from its first token, [CLS] = 2, beside hidden ones; the loss that is told is that of hidden ones.
whole = [[2] + row + [3] for row in rows]
hidden = [[-100] + row + [-100] for row in hidden]
given = [[2] + row + [3] for row in given]


def bag(m):
    states = m.bert(input_ids=padded(given, 0), attention_mask=mask(given)).last_hidden_state
    scores = m.cls(states)
    masked = F.cross_entropy(scores.view(-1, VOCABULARY), padded(hidden, -100).view(-1))
    logs = scores[:, 0].log_softmax(1)
    said = torch.stack([-logs[i, row[1:-1]].mean() for i, row in enumerate(whole)]).mean()
    return masked + 0.7 * said, masked


run("mask-bag", tf.BertForMaskedLM(tf.BertConfig(**small)), bag, {"ids": given, "targets": hidden})

targets = [row + [2] for row in texts(8, 3, 10)]
bart = tf.BartConfig(vocab_size=VOCABULARY, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
                     decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64, dropout=0.0,
                     init_std=0.2, pad_token_id=1, eos_token_id=2, bos_token_id=0, decoder_start_token_id=2, forced_eos_token_id=2)


def rewriting(m):
    wanted = padded(targets, -100)
    begun = torch.cat([torch.full((8, 1), 2), wanted[:, :-1].masked_fill(wanted[:, :-1] == -100, 1)], 1)
    logits = m(input_ids=padded(rows, 1), attention_mask=mask(rows), decoder_input_ids=begun).logits
    # A mean over tokens that are written, a tenth of each target spread over all.
    return F.cross_entropy(logits.view(-1, VOCABULARY), wanted.view(-1), label_smoothing=0.1)


run("rewrite", tf.BartForConditionalGeneration(bart), rewriting, {"ids": rows, "targets": targets})

others = texts(8)


def embedding(m):
    def vectors(some):
        states = m(input_ids=padded(some, 0), attention_mask=mask(some)).last_hidden_state
        weight = mask(some).unsqueeze(2).float()
        return F.normalize((states * weight).sum(1) / weight.sum(1), dim=1)

    return F.cross_entropy(20 * vectors(rows) @ vectors(others).T, torch.arange(8))


run("embed", tf.BertModel(tf.BertConfig(**small)), embedding, {"ids": rows, "others": others})

pixels = rng.integers(0, 256, (8, 3, 8, 8)).tolist()
vit = tf.ViTConfig(image_size=8, patch_size=4, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=5, initializer_range=0.2)
run("picture", tf.ViTForImageClassification(vit),
    lambda m: m(pixel_values=(torch.tensor(pixels) / 255 - 0.5) / 0.5, labels=torch.tensor(labels)).loss,
    {"pixels": pixels, "labels": labels})
