"""Makes the folders of RecurrentTrainingTest: make.py FOLDER. Two layers in PyTorch, ten steps of AdamW on three rows."""
import json, os, sys
import torch
from safetensors.torch import save_file

torch.manual_seed(3)
for kind, tied in (("gru", False), ("lstm", True)):
    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            width = 8 if tied else 6
            self.embedding = torch.nn.Embedding(20, width)
            self.rnn = (torch.nn.GRU if kind == "gru" else torch.nn.LSTM)(width, 8, 2, batch_first=True)
            self.lm_head = torch.nn.Linear(8, 20, bias=False)
            if tied:
                self.lm_head.weight = self.embedding.weight

        def forward(self, ids):
            return self.lm_head(self.rnn(self.embedding(ids))[0])

    model = Model()
    folder = os.path.join(sys.argv[1], kind)
    os.makedirs(folder, exist_ok=True)
    weights = {n: t.detach().clone() for n, t in model.state_dict().items() if not (tied and n == "lm_head.weight")}
    save_file(weights, folder + "/model.safetensors", {"format": "pt"})
    json.dump(dict(model_type=kind, architectures=[kind.capitalize() + "ForCausalLM"], vocab_size=20, embedding_size=8 if tied else 6, hidden_size=8,
                   num_hidden_layers=2, dropout=0.0, tie_word_embeddings=tied, max_position_embeddings=64), open(folder + "/config.json", "w"), indent=1)
    rows = torch.randint(20, (3, 11))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    losses = []
    for _ in range(10):
        loss = torch.nn.functional.cross_entropy(model(rows[:, :-1]).reshape(-1, 20), rows[:, 1:].reshape(-1))
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    json.dump(dict(rows=rows.tolist(), losses=losses), open(folder + "/training.json", "w"))
