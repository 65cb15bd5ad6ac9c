"""From the Flax BERT's weights to the encoder port's."""

import json
from pathlib import Path

import torch

from transformers import WeightConverter
from transformers.core_model_loading import ConversionOps, Transpose, WeightRenaming


PORT_CLASS = "GLibForMaskedLM"


class JoinHeads(ConversionOps):
    """A kernel of (inputs, heads, dim) or a bias of (heads, dim), as a linear weight or bias."""

    def __init__(self, inputs: int):
        self.inputs = inputs

    @torch.no_grad
    def convert(self, input_dict, source_patterns, target_patterns, **kwargs):
        (value,) = input_dict.values()
        value = value[0] if isinstance(value, list) else value
        flat = value.flatten(0, -2) if self.inputs == 2 else value.flatten(self.inputs)
        return {target_patterns[0]: flat.T.contiguous() if flat.ndim == 2 else flat}

    @property
    def reverse_op(self):
        raise NotImplementedError("only loading is tested")


RULES = [
    WeightRenaming("words.embedding", "g_lib.embeddings.word_embeddings.weight"),
    WeightRenaming("places.embedding", "g_lib.embeddings.position_embeddings.weight"),
    WeightRenaming("kinds.embedding", "g_lib.embeddings.token_type_embeddings.weight"),
    WeightRenaming("^norm.scale", "g_lib.embeddings.LayerNorm.weight"),
    WeightRenaming("^norm.bias", "g_lib.embeddings.LayerNorm.bias"),
    WeightRenaming("block_", "g_lib.encoder.layer."),
    WeightRenaming("attention_norm", "attention.output.LayerNorm"),
    WeightRenaming("output_norm", "output.LayerNorm"),
    WeightRenaming("guess_norm", "cls.predictions.transform.LayerNorm"),
    WeightRenaming("guess_bias", "cls.predictions.bias"),
    WeightRenaming("LayerNorm.scale", "LayerNorm.weight"),
    WeightRenaming("guess.bias", "cls.predictions.transform.dense.bias"),
    WeightRenaming("attention.out.bias", "attention.output.dense.bias"),
    WeightRenaming("wide.bias", "intermediate.dense.bias"),
    WeightRenaming("narrow.bias", "output.dense.bias"),
    WeightConverter("guess.kernel", "cls.predictions.transform.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("wide.kernel", "intermediate.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("narrow.kernel", "output.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("attention.query.kernel", "attention.self.query.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.key.kernel", "attention.self.key.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.value.kernel", "attention.self.value.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.query.bias", "attention.self.query.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.key.bias", "attention.self.key.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.value.bias", "attention.self.value.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.out.kernel", "attention.output.dense.weight", operations=[JoinHeads(2)]),
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
