"""Write a small ESM-2 with a fixed seed in the format of the published checkpoints, and the alphabet as a vocab.txt.

Runs in the original's environment. The published file takes the place of `original/checkpoint/esm2_t3_small.pt` as it is.
"""

from argparse import Namespace
from pathlib import Path

import torch
from esm import Alphabet
from esm.model.esm2 import ESM2


WORKSPACE = Path(__file__).resolve().parents[1]
ALPHABET = Alphabet.from_architecture("ESM-1b")
SIZES = Namespace(encoder_layers=3, encoder_embed_dim=48, encoder_attention_heads=4, token_dropout=True)


def write_checkpoint(path: Path) -> None:
    """Every weight is random: no bias is zero and no norm is the identity, so that nothing hides."""
    model = ESM2(SIZES.encoder_layers, SIZES.encoder_embed_dim, SIZES.encoder_attention_heads, ALPHABET)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(1 + 0.2 * noise if "norm" in name and name.endswith("weight") else 0.2 * noise)
    head = {name: tensor for name, tensor in model.state_dict().items() if name.startswith("contact_head.")}
    rest = {_published(name): tensor for name, tensor in model.state_dict().items() if name not in head}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"cfg": {"model": SIZES}, "model": rest}, path)
    torch.save({"model": head}, path.with_name(f"{path.stem}-contact-regression.pt"))


def _published(name: str) -> str:
    return f"encoder.{name}" if name.startswith("lm_head.") else f"encoder.sentence_encoder.{name}"


def write_vocabulary(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in ALPHABET.all_toks), encoding="utf-8")


if __name__ == "__main__":
    write_checkpoint(WORKSPACE / "original" / "checkpoint" / "esm2_t3_small.pt")
    write_vocabulary(WORKSPACE / "original-tokenizer")
