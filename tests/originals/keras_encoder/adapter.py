"""How to load and run the Keras original."""

import numpy as np


CHECKPOINT = "original/checkpoint"


def load_model(checkpoint):
    import bert

    if not (checkpoint / "weights.npz").exists():
        bert.write_checkpoint(checkpoint)
    return bert.read_checkpoint(checkpoint)


def example_inputs():
    ids = np.random.default_rng(0).integers(3, 120, size=(2, 60))
    padded, mask = ids[:, :12].copy(), np.ones((2, 12), dtype=int)
    padded[1, 7:], mask[1, 7:] = 0, 0
    return {
        "padded": {"input_ids": padded.tolist(), "attention_mask": mask.tolist()},
        "long": {"input_ids": ids.tolist(), "attention_mask": np.ones_like(ids).tolist()},
    }


def forward(model, inputs):
    return {"logits": model(inputs["input_ids"].astype("int32"), inputs["attention_mask"] == 0)}
