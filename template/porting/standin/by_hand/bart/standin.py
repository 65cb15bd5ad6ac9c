"""Stand-in for the original: a small encoder-decoder in another style than the port, with random weights.

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
    "reader_depth": 3,
    "writer_depth": 4,
    "heads": 4,
    "inner": 48,
    "context": 64,
    "norm_eps": 1e-5,
    "first_place": 2,
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


def attend(q, k, v, bias, heads):
    """Mix `v` (batch, source, width) for `q` (batch, time, width); `bias` is added to the scores, -inf hides."""
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    weights = (q / q.shape[-1] ** 0.5 @ k.mT + bias).softmax(-1)
    return (weights @ v).transpose(1, 2).flatten(2)


class SelfMix(nn.Module):
    """Attention of a sequence to itself. One projection makes queries, keys and values, in this order."""

    def __init__(self, hp):
        super().__init__()
        self.heads = hp["heads"]
        self.qkv = nn.Linear(hp["width"], 3 * hp["width"])
        self.out = nn.Linear(hp["width"], hp["width"])

    def forward(self, x, bias):
        return self.out(attend(*self.qkv(x).chunk(3, -1), bias, self.heads))


class CrossMix(nn.Module):
    """Attention of what is written to what was read."""

    def __init__(self, hp):
        super().__init__()
        self.heads = hp["heads"]
        self.ask = nn.Linear(hp["width"], hp["width"])
        self.kv = nn.Linear(hp["width"], 2 * hp["width"])
        self.out = nn.Linear(hp["width"], hp["width"])

    def forward(self, x, read, bias):
        return self.out(attend(self.ask(x), *self.kv(read).chunk(2, -1), bias, self.heads))


class FeedForward(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.up = Projection(hp["width"], hp["inner"])
        self.down = Projection(hp["inner"], hp["width"])

    def forward(self, x):
        x = self.up(x)
        return self.down(x * 0.5 * torch.erfc(-x / 2**0.5))


class ReaderBlock(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.self_mix = SelfMix(hp)
        self.norm_self = nn.LayerNorm(hp["width"], hp["norm_eps"])
        self.ff = FeedForward(hp)
        self.norm_ff = nn.LayerNorm(hp["width"], hp["norm_eps"])

    def forward(self, x, bias):
        x = self.norm_self(x + self.self_mix(x, bias))
        return self.norm_ff(x + self.ff(x))


class WriterBlock(ReaderBlock):
    def __init__(self, hp):
        super().__init__(hp)
        self.cross_mix = CrossMix(hp)
        self.norm_cross = nn.LayerNorm(hp["width"], hp["norm_eps"])

    def forward(self, x, bias, read, read_bias):
        x = self.norm_self(x + self.self_mix(x, bias))
        x = self.norm_cross(x + self.cross_mix(x, read, read_bias))
        return self.norm_ff(x + self.ff(x))


class Side(nn.Module):
    """The reading or the writing half: positions, and blocks that follow each other."""

    def __init__(self, hp, block, depth):
        super().__init__()
        self.first = hp["first_place"]
        self.places = nn.Embedding(hp["context"] + self.first, hp["width"])
        self.norm = nn.LayerNorm(hp["width"], hp["norm_eps"])
        self.blocks = nn.ModuleList(block(hp) for _ in range(depth))

    def forward(self, x, *context):
        x = self.norm(x + self.places(torch.arange(x.shape[1]) + self.first))
        for block in self.blocks:
            x = block(x, *context)
        return x


class LanguageModel(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.words = nn.Embedding(hp["vocab"], hp["width"])
        self.reader = Side(hp, ReaderBlock, hp["reader_depth"])
        self.writer = Side(hp, WriterBlock, hp["writer_depth"])
        self.final_logits_bias = nn.Parameter(torch.zeros(1, hp["vocab"]))
        self.register_buffer("future", torch.full((hp["context"], hp["context"]), -torch.inf).triu(1))

    def forward(self, ids, written, read_bias, write_bias):
        """Scores (batch, time, vocab) of the next token after each of `written`, given what is read in `ids`.

        `read_bias` and `write_bias` of shape (batch, 1, 1, length) are 0, or -inf where padded.
        """
        time = written.shape[1]
        read = self.reader(self.words(ids), read_bias)
        x = self.writer(self.words(written), write_bias + self.future[:time, :time], read, read_bias)
        return x @ self.words.weight.T + self.final_logits_bias


def run(model, inputs):
    """What the model gives for one batch, under Transformers' names of inputs and outputs."""
    ids, written = torch.tensor(inputs["input_ids"]), torch.tensor(inputs["decoder_input_ids"])
    masks = (torch.tensor(inputs[name]) for name in ("attention_mask", "decoder_attention_mask"))
    biases = (torch.zeros(mask.shape).masked_fill(mask == 0, -torch.inf)[:, None, None] for mask in masks)
    with torch.no_grad():
        return {"logits": model(ids, written, *biases).numpy()}


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
