"""Stand-in for the original: a small decoder in another style than the port, with random weights.

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
    "groups": 2,
    "inner": 48,
    "context": 64,
    "theta": 5000.0,
    "norm_eps": 1e-5,
    "warmup_steps": 100,
}


class Gain(nn.Module):
    """Scales a vector to unit root mean square, then by a learned gain."""

    def __init__(self, width, eps):
        super().__init__()
        self.g = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x):
        return x / (x.square().mean(-1, keepdim=True) + self.eps).sqrt() * self.g


class Projection(nn.Module):
    """A linear map that keeps its weight as (inputs, outputs)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.zeros(inputs, outputs))

    def forward(self, x):
        return x @ self.w


def turn(x, angles):
    """Rotate (batch, time, groups, heads, dim): feature i and feature i + dim / 2 are one complex number."""
    real, imaginary = x.chunk(2, -1)
    turned = torch.complex(real, imaginary) * torch.polar(torch.ones_like(angles), angles)[:, None, None, :]
    return torch.cat([turned.real, turned.imag], -1)


class Mixer(nn.Module):
    """Causal attention. One projection makes, group after group, the queries, the key and the value of the group."""

    def __init__(self, hp):
        super().__init__()
        self.groups = hp["groups"]
        self.per_group = hp["heads"] // hp["groups"]
        self.dim = hp["width"] // hp["heads"]
        self.qkv = nn.Linear(hp["width"], self.groups * (self.per_group + 2) * self.dim, bias=False)
        self.out = Projection(hp["width"], hp["width"])

    def forward(self, x, angles, hidden):
        batch, time, width = x.shape
        fused = self.qkv(x).view(batch, time, self.groups, self.per_group + 2, self.dim)
        q, k, v = fused.split([self.per_group, 1, 1], dim=3)
        q = turn(q, angles)
        k = turn(k, angles).squeeze(3)
        scores = torch.einsum("bigrd,bjgd->bgrij", q, k) / self.dim**0.5
        weights = scores.masked_fill(hidden[:, None, None], -torch.inf).softmax(-1)
        mixed = torch.einsum("bgrij,bjgd->bigrd", weights, v.squeeze(3))
        return self.out(mixed.reshape(batch, time, width))


class FeedForward(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.gate_up = nn.Linear(hp["width"], 2 * hp["inner"], bias=False)
        self.down = nn.Linear(hp["inner"], hp["width"], bias=False)

    def forward(self, x):
        gate, up = self.gate_up(x).chunk(2, -1)
        return self.down(gate * gate.sigmoid() * up)


class Block(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.norm_a = Gain(hp["width"], hp["norm_eps"])
        self.mix = Mixer(hp)
        self.norm_b = Gain(hp["width"], hp["norm_eps"])
        self.ffn = FeedForward(hp)

    def forward(self, x, angles, hidden):
        x = x + self.mix(self.norm_a(x), angles, hidden)
        return x + self.ffn(self.norm_b(x))


class Net(nn.Module):
    def __init__(self, hp):
        super().__init__()
        dim = hp["width"] // hp["heads"]
        self.register_buffer("rates", 1 / hp["theta"] ** (torch.arange(0, dim, 2) / dim))
        self.tokens = nn.Embedding(hp["vocab"], hp["width"])
        self.stack = nn.ModuleList(Block(hp) for _ in range(hp["depth"]))
        self.norm_out = Gain(hp["width"], hp["norm_eps"])

    def forward(self, ids, lengths):
        time = torch.arange(ids.shape[1])
        angles = torch.outer(time.float(), self.rates)
        hidden = (time[None, :] > time[:, None]) | (time[None, None, :] >= lengths[:, None, None])
        x = self.tokens(ids)
        for block in self.stack:
            x = block(x, angles, hidden)
        return self.norm_out(x)


class LanguageModel(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.model = Net(hp)
        self.lm_head = nn.Linear(hp["width"], hp["vocab"], bias=False)

    def forward(self, ids, lengths):
        """Scores (batch, time, vocab) of token ids (batch, time), of which the first `lengths` (batch,) count."""
        return self.lm_head(self.model(ids, lengths))


def run(model, inputs):
    """What the model gives for one batch, under Transformers' names of inputs and outputs."""
    lengths = torch.tensor(inputs["attention_mask"]).sum(1)
    with torch.no_grad():
        return {"logits": model(torch.tensor(inputs["input_ids"]), lengths).numpy()}


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
