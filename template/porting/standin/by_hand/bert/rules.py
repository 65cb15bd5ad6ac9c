"""From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
"""

import json
from pathlib import Path

from transformers import Chunk, WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming


# FILL: the class of the port that the original's checkpoint belongs to
PORT_CLASS = "BertForMaskedLM"

# FILL: the original's names, on the left; `make rules` proposes them. Every renaming that matches is applied, in this
# order, then at most one converter, which sees the renamed name. While it is empty, the rules of the model that the
# port starts from hold.
RULES = [
    WeightRenaming("embed.word", "bert.embeddings.word_embeddings"),
    WeightRenaming("embed.place", "bert.embeddings.position_embeddings"),
    WeightRenaming("embed.kind", "bert.embeddings.token_type_embeddings"),
    WeightRenaming("embed.norm.scale", "bert.embeddings.LayerNorm.weight"),
    WeightRenaming("embed.norm.shift", "bert.embeddings.LayerNorm.bias"),
    WeightRenaming("body", "bert.encoder.layer"),
    WeightRenaming("ff_norm.scale", "output.LayerNorm.weight"),
    WeightRenaming("ff_norm.shift", "output.LayerNorm.bias"),
    WeightRenaming("att_norm.scale", "attention.output.LayerNorm.weight"),
    WeightRenaming("att_norm.shift", "attention.output.LayerNorm.bias"),
    WeightRenaming("ff.wide.b", "intermediate.dense.bias"),
    WeightRenaming("ff.narrow.b", "output.dense.bias"),
    WeightRenaming("att.out.b", "attention.output.dense.bias"),
    WeightConverter(
        "att.qkv.w",
        ["attention.self.query.weight", "attention.self.key.weight", "attention.self.value.weight"],
        operations=[Transpose(0, 1), Chunk(dim=0)],
    ),
    WeightConverter(
        "att.qkv.b",
        ["attention.self.query.bias", "attention.self.key.bias", "attention.self.value.bias"],
        operations=[Chunk(dim=0)],
    ),
    WeightConverter("ff.wide.w", "intermediate.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("ff.narrow.w", "output.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("att.out.w", "attention.output.dense.weight", operations=[Transpose(0, 1)]),
]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED: dict[str, str] = {r"^embed\.numbers$": "the port counts positions by itself"}

# Hyper-parameters of the original that the port does not need: name -> why.
IGNORED: dict[str, str] = {"warmup_steps": "only training used it"}

# Hyper-parameters that the port has built in: name -> the only value that is right. `make rules` lists candidates.
BUILT_IN: dict = {}


def read_hyperparameters(checkpoint: Path) -> dict:
    """The hyper-parameters of the original, from its own files; `checkpoint` is what `make convert` was given."""
    # FILL: where the original keeps them
    directory = checkpoint if checkpoint.is_dir() else checkpoint.parent
    return json.loads((directory / "hparams.json").read_text(encoding="utf-8"))


def convert_config(hyperparameters: dict) -> dict:
    """The arguments of the configuration; a hyper-parameter that is neither read here nor ignored is an error."""
    # FILL: every hyper-parameter of the original
    return {
        "vocab_size": hyperparameters["vocab"],
        "hidden_size": hyperparameters["width"],
        "num_hidden_layers": hyperparameters["depth"],
        "num_attention_heads": hyperparameters["heads"],
        "intermediate_size": hyperparameters["inner"],
        "max_position_embeddings": hyperparameters["context"],
        "type_vocab_size": hyperparameters["kinds"],
        "layer_norm_eps": hyperparameters["norm_eps"],
    }
