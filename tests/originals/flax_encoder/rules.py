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
    WeightRenaming("words.embedding", "model.embed_tokens.weight"),
    WeightRenaming("places.embedding", "model.embeddings.position_embeddings.weight"),
    WeightRenaming("kinds.embedding", "model.embeddings.token_type_embeddings.weight"),
    WeightRenaming("^norm.scale", "model.embeddings.layernorm.weight"),
    WeightRenaming("^norm.bias", "model.embeddings.layernorm.bias"),
    WeightRenaming("block_", "model.layers."),
    WeightRenaming("attention_norm", "post_attention_layernorm"),
    WeightRenaming("output_norm", "post_mlp_layernorm"),
    WeightRenaming("guess_norm", "prediction_head.layernorm"),
    WeightRenaming("guess_bias", "lm_head.bias"),
    WeightRenaming("layernorm.scale", "layernorm.weight"),
    WeightRenaming("guess.bias", "prediction_head.dense.bias"),
    WeightRenaming("attention.out.bias", "self_attn.o_proj.bias"),
    WeightRenaming("wide.bias", "mlp.up_proj.bias"),
    WeightRenaming("narrow.bias", "mlp.down_proj.bias"),
    WeightConverter("guess.kernel", "prediction_head.dense.weight", operations=[Transpose(0, 1)]),
    WeightConverter("wide.kernel", "mlp.up_proj.weight", operations=[Transpose(0, 1)]),
    WeightConverter("narrow.kernel", "mlp.down_proj.weight", operations=[Transpose(0, 1)]),
    WeightConverter("attention.query.kernel", "self_attn.q_proj.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.key.kernel", "self_attn.k_proj.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.value.kernel", "self_attn.v_proj.weight", operations=[JoinHeads(1)]),
    WeightConverter("attention.query.bias", "self_attn.q_proj.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.key.bias", "self_attn.k_proj.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.value.bias", "self_attn.v_proj.bias", operations=[JoinHeads(0)]),
    WeightConverter("attention.out.kernel", "self_attn.o_proj.weight", operations=[JoinHeads(2)]),
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
