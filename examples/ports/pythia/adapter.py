"""How to load and run the original. Runs in the original's environment: numpy and its framework, no Transformers."""

from __future__ import annotations

from pathlib import Path

import litgpt
import numpy as np
import torch


# What `litgpt download` leaves of a released model; make_small.py writes a small one there.
CHECKPOINT = "original/checkpoint"


def load_model(checkpoint: Path):
    """The original with its weights, in 32-bit floats and eval mode."""
    model = litgpt.GPT(litgpt.Config.from_checkpoint(checkpoint))
    model.load_state_dict(torch.load(checkpoint / "lit_model.pth", weights_only=True))
    return model.float().eval()


def example_inputs() -> dict[str, dict[str, list]]:
    """Batches the original and the port are compared on, with the port's names of the inputs.

    `padded` has sequences of different lengths, `long` is longer than any window or scaling threshold of the model.
    """
    ids = np.random.default_rng(0).integers(2, 1000, size=(2, 90))
    padded, mask = ids[:, :12].copy(), np.ones((2, 12), dtype=int)
    padded[1, 7:], mask[1, 7:] = 1, 0
    batches = {
        "padded": {"input_ids": padded.tolist(), "attention_mask": mask.tolist()},
        "long": {"input_ids": ids.tolist(), "attention_mask": np.ones_like(ids).tolist()},
    }
    return batches


def forward(model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One pass over one batch: final outputs under the names the port's output class has for them."""
    # litgpt has no padding mask: causal attention keeps what is on the right from what counts
    return {"logits": model(torch.tensor(inputs["input_ids"])).detach().numpy()}


def tokenize(texts: list[str]) -> list[list[int]]:
    """The ids of each text, with what the original puts around it and without padding."""
    tokenizer = litgpt.Tokenizer(CHECKPOINT).processor  # its encode() takes an end token away that the text itself has
    return [tokenizer.encode(text).ids for text in texts]
