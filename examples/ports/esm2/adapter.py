"""How to load and run the original. Runs in the original's environment: numpy and its framework, no Transformers."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from esm import Alphabet
from esm.pretrained import load_model_and_alphabet_local


CHECKPOINT = "original/checkpoint/esm2_t3_small.pt"
PROTEINS = ["MKTVRQERLKSIVRILERSKEPVSGAQLAEELSVSRQVIVQDIAYLRSLGYNIVATPRGYVLAGG", "KALTARQQEVFDLIRDHISQTGMPPTRAEIA"]


def load_model(checkpoint: Path):
    """The original with its weights, in 32-bit floats and eval mode."""
    torch.serialization.add_safe_globals([Namespace])  # the file holds the command line of its training
    return load_model_and_alphabet_local(checkpoint)[0].float().eval()


def example_inputs() -> dict[str, dict[str, list]]:
    """Batches the original and the port are compared on, with the port's names of the inputs.

    `padded` has sequences of different lengths, `long` is longer than any window or scaling threshold of the model.
    """
    # Every V of the shorter batch is masked; the longer proteins are longer than those of the training
    padded = [protein.replace("V", "<mask>") for protein in PROTEINS]
    return {"padded": _batch(padded), "long": _batch([PROTEINS[0] * 17, PROTEINS[0][::-1] * 17])}


def forward(model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One pass over one batch: final outputs under the names the port's output class has for them."""
    return {"logits": model(torch.tensor(inputs["input_ids"]))["logits"].detach().numpy()}


def tokenize(texts: list[str]) -> list[list[int]]:
    """The ids of each text, with what the original puts around it and without padding."""
    return [_batch([text])["input_ids"][0] for text in texts]


def example_texts() -> list[str]:
    """Texts that the original takes: `make tokenizer-parity` compares these too."""
    return [protein[start : start + 20] for protein in PROTEINS for start in range(len(protein) - 20)]


def _batch(proteins: list[str]) -> dict[str, list]:
    alphabet = Alphabet.from_architecture("ESM-1b")
    _, _, ids = alphabet.get_batch_converter()([("", protein) for protein in proteins])
    return {"input_ids": ids.tolist(), "attention_mask": (ids != alphabet.padding_idx).int().tolist()}
