"""Stand-in for the original: a small encoder in another style than the port, with random weights.

It gives conversion and parity something true to run on until the real original is here: names and layouts.
`python original/standin.py` writes its checkpoint to `original/checkpoint/`. Only torch is needed.
"""

import json
from pathlib import Path

import torch
from torch import nn


CHECKPOINT = Path(__file__).resolve().parent / "checkpoint"

HPARAMS = {
    "vocab": 120,
    "width": 32,
    "depth": 3,
    "heads": 4,
    "inner": 48,
    "context": 64,
    "kinds": 2,
    "norm_eps": 1e-6,
    "warmup_steps": 100,
}


class Projection(nn.Module):
    """A linear map that keeps its weight as (inputs, outputs)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(inputs, outputs))
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return x @ self.w + self.b


class Standardise(nn.Module):
    """Mean 0 and variance 1 over the features, then a learned scale and shift."""

    def __init__(self, width, eps):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))
        self.eps = eps

    def forward(self, x):
        x = x - x.mean(-1, keepdim=True)
        return x / (x.square().mean(-1, keepdim=True) + self.eps).sqrt() * self.scale + self.shift


def bell(x):
    return x * 0.5 * (1 + torch.erf(x / 2**0.5))


class Attention(nn.Module):
    """Everything attends to everything that is not hidden. One projection makes queries, keys and values."""

    def __init__(self, hp):
        super().__init__()
        self.heads = hp["heads"]
        self.qkv = Projection(hp["width"], 3 * hp["width"])
        self.out = Projection(hp["width"], hp["width"])

    def forward(self, x, hidden):
        batch, time, width = x.shape
        q, k, v = self.qkv(x).view(batch, time, 3, self.heads, width // self.heads).unbind(2)
        scores = torch.einsum("bihd,bjhd->bhij", q, k) / (width // self.heads) ** 0.5
        weights = scores.masked_fill(hidden[:, None, None, :], -torch.inf).softmax(-1)
        return self.out(torch.einsum("bhij,bjhd->bihd", weights, v).reshape(batch, time, width))


class FeedForward(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.wide = Projection(hp["width"], hp["inner"])
        self.narrow = Projection(hp["inner"], hp["width"])

    def forward(self, x):
        return self.narrow(bell(self.wide(x)))


class Block(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.att = Attention(hp)
        self.att_norm = Standardise(hp["width"], hp["norm_eps"])
        self.ff = FeedForward(hp)
        self.ff_norm = Standardise(hp["width"], hp["norm_eps"])

    def forward(self, x, hidden):
        x = self.att_norm(x + self.att(x, hidden))
        return self.ff_norm(x + self.ff(x))


class Embed(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.word = nn.Embedding(hp["vocab"], hp["width"])
        self.place = nn.Embedding(hp["context"], hp["width"])
        self.kind = nn.Embedding(hp["kinds"], hp["width"])
        self.norm = Standardise(hp["width"], hp["norm_eps"])
        self.register_buffer("numbers", torch.arange(hp["context"]))

    def forward(self, ids, kinds):
        return self.norm(self.word(ids) + self.kind(kinds) + self.place(self.numbers[: ids.shape[1]]))


class Transform(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.dense = nn.Linear(hp["width"], hp["width"])
        self.LayerNorm = nn.LayerNorm(hp["width"], hp["norm_eps"])

    def forward(self, x):
        return self.LayerNorm(bell(self.dense(x)))


class Predictions(nn.Module):
    """Scores every word of the vocabulary against its own embedding."""

    def __init__(self, hp):
        super().__init__()
        self.transform = Transform(hp)
        self.bias = nn.Parameter(torch.zeros(hp["vocab"]))

    def forward(self, x, words):
        return self.transform(x) @ words.T + self.bias


class LanguageModel(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.embed = Embed(hp)
        self.body = nn.ModuleList(Block(hp) for _ in range(hp["depth"]))
        self.cls = nn.ModuleDict({"predictions": Predictions(hp)})

    def forward(self, ids, kinds, hidden):
        """Scores (batch, time, vocab) of token ids and segment kinds (batch, time); `hidden` is True where padded."""
        x = self.embed(ids, kinds)
        for block in self.body:
            x = block(x, hidden)
        return self.cls["predictions"](x, self.embed.word.weight)


def run(model, inputs):
    """What the model gives for one batch, under Transformers' names of inputs and outputs."""
    ids, mask = torch.tensor(inputs["input_ids"]), torch.tensor(inputs["attention_mask"])
    kinds = torch.tensor(inputs["token_type_ids"]) if "token_type_ids" in inputs else torch.zeros_like(ids)
    with torch.no_grad():
        return {"logits": model(ids, kinds, mask == 0).numpy()}


def write_checkpoint(directory=CHECKPOINT):
    """Write the weights and the hyper-parameters of a model that is the same every time."""
    generator = torch.Generator().manual_seed(0)
    model = LanguageModel(HPARAMS)
    with torch.no_grad():
        for weight in model.parameters():
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(0.15 * noise if weight.ndim > 1 else weight + 0.1 * noise)
    directory.mkdir(parents=True, exist_ok=True)
    torch.save({"model": model.state_dict(), "step": 1000}, directory / "weights.pt")
    (directory / "hparams.json").write_text(json.dumps(HPARAMS, indent=2) + "\n")


def read_checkpoint(directory=CHECKPOINT):
    """The model of a checkpoint, ready to be run."""
    model = LanguageModel(json.loads((directory / "hparams.json").read_text()))
    model.load_state_dict(torch.load(directory / "weights.pt", weights_only=True)["model"])
    return model.eval()


if __name__ == "__main__":
    write_checkpoint()
