"""From the Keras BERT's weights to the encoder port's."""

import json
from pathlib import Path

from transformers import WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming


PORT_CLASS = "GLibForMaskedLM"

KERNELS = {
    "guess": "cls.predictions.transform.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "attention.query": "attention.self.query",
    "attention.key": "attention.self.key",
    "attention.value": "attention.self.value",
    "attention.out": "attention.output.dense",
}

RULES = [
    WeightRenaming("words.embeddings", "g_lib.embeddings.word_embeddings.weight"),
    WeightRenaming("places.embeddings", "g_lib.embeddings.position_embeddings.weight"),
    WeightRenaming("kinds.embeddings", "g_lib.embeddings.token_type_embeddings.weight"),
    WeightRenaming("^norm.gamma", "g_lib.embeddings.LayerNorm.weight"),
    WeightRenaming("^norm.beta", "g_lib.embeddings.LayerNorm.bias"),
    WeightRenaming("block_", "g_lib.encoder.layer."),
    WeightRenaming("attention_norm", "attention.output.LayerNorm"),
    WeightRenaming("output_norm", "output.LayerNorm"),
    WeightRenaming("guess_norm", "cls.predictions.transform.LayerNorm"),
    WeightRenaming("guess_bias", "cls.predictions.bias"),
    WeightRenaming("LayerNorm.gamma", "LayerNorm.weight"),
    WeightRenaming("LayerNorm.beta", "LayerNorm.bias"),
    *(WeightRenaming(f"{theirs}.bias", f"{ours}.bias") for theirs, ours in KERNELS.items()),
    *(
        WeightConverter(f"{theirs}.kernel", f"{ours}.weight", operations=[Transpose(0, 1)])
        for theirs, ours in KERNELS.items()
    ),
]

DROPPED: dict[str, str] = {}
IGNORED: dict[str, str] = {}


def read_hyperparameters(checkpoint: Path) -> dict:
    directory = checkpoint if checkpoint.is_dir() else checkpoint.parent
    return json.loads((directory / "hparams.json").read_text())


def convert_config(hyperparameters: dict) -> dict:
    return {
        "vocab_size": hyperparameters["vocab"],
        "hidden_size": hyperparameters["width"],
        "num_hidden_layers": hyperparameters["depth"],
        "num_attention_heads": hyperparameters["heads"],
        "intermediate_size": hyperparameters["inner"],
        "max_position_embeddings": hyperparameters["context"],
        "type_vocab_size": hyperparameters["kinds"],
        "layer_norm_eps": hyperparameters["norm_eps"],
        "tie_word_embeddings": True,
    }
