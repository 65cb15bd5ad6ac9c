"""From the Keras BERT's weights to the encoder port's."""

import json
from pathlib import Path

from transformers import WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming


PORT_CLASS = "GLibForMaskedLM"

KERNELS = {
    "guess": "prediction_head.dense",
    "wide": "mlp.up_proj",
    "narrow": "mlp.down_proj",
    "attention.query": "self_attn.q_proj",
    "attention.key": "self_attn.k_proj",
    "attention.value": "self_attn.v_proj",
    "attention.out": "self_attn.o_proj",
}

RULES = [
    WeightRenaming("words.embeddings", "model.embed_tokens.weight"),
    WeightRenaming("places.embeddings", "model.embeddings.position_embeddings.weight"),
    WeightRenaming("kinds.embeddings", "model.embeddings.token_type_embeddings.weight"),
    WeightRenaming("^norm.gamma", "model.embeddings.layernorm.weight"),
    WeightRenaming("^norm.beta", "model.embeddings.layernorm.bias"),
    WeightRenaming("block_", "model.layers."),
    WeightRenaming("attention_norm", "post_attention_layernorm"),
    WeightRenaming("output_norm", "post_mlp_layernorm"),
    WeightRenaming("guess_norm", "prediction_head.layernorm"),
    WeightRenaming("guess_bias", "lm_head.bias"),
    WeightRenaming("layernorm.gamma", "layernorm.weight"),
    WeightRenaming("layernorm.beta", "layernorm.bias"),
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
