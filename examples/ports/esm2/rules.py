"""From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
"""

from argparse import Namespace
from pathlib import Path

import torch

from transformers.core_model_loading import WeightRenaming


# The class of the port that the original's checkpoint belongs to.
PORT_CLASS = "Esm2PortForMaskedLM"

RULES = [
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.self_attn\.k_proj\.", r"model.layers.\1.self_attn.k_proj."
    ),
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.self_attn\.v_proj\.", r"model.layers.\1.self_attn.v_proj."
    ),
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.self_attn\.q_proj\.", r"model.layers.\1.self_attn.q_proj."
    ),
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.self_attn\.out_proj\.", r"model.layers.\1.self_attn.o_proj."
    ),
    WeightRenaming(r"^encoder\.sentence_encoder\.layers\.(\d+)\.fc1\.", r"model.layers.\1.mlp.up_proj."),
    WeightRenaming(r"^encoder\.sentence_encoder\.layers\.(\d+)\.fc2\.", r"model.layers.\1.mlp.down_proj."),
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.self_attn_layer_norm\.", r"model.layers.\1.input_layernorm."
    ),
    WeightRenaming(
        r"^encoder\.sentence_encoder\.layers\.(\d+)\.final_layer_norm\.", r"model.layers.\1.post_attention_layernorm."
    ),
    WeightRenaming(r"^encoder\.sentence_encoder\.embed_tokens\.", "model.embed_tokens."),
    WeightRenaming(r"^encoder\.sentence_encoder\.emb_layer_norm_after\.", "model.norm."),
    WeightRenaming(r"^encoder\.lm_head\.weight", "lm_head.decoder.weight"),
    WeightRenaming(r"^encoder\.lm_head\.bias", "lm_head.decoder.bias"),
    WeightRenaming(r"^encoder\.lm_head\.dense\.", "lm_head.dense."),
    WeightRenaming(r"^encoder\.lm_head\.layer_norm\.", "lm_head.layer_norm."),
]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED = {
    "inv_freq": "computed from the configuration, not learned",
}

# Hyper-parameters of the original that the port does not need: name -> why.
IGNORED: dict[str, str] = {}

# Hyper-parameters that the port has built in: name -> the only value that is right. `make rules` lists candidates.
BUILT_IN: dict = {"token_dropout": True}


def read_hyperparameters(checkpoint: Path) -> dict:
    """The hyper-parameters of the original, from its own files; `checkpoint` is what `make convert` was given."""
    with torch.serialization.safe_globals([Namespace]):
        stored = vars(torch.load(checkpoint, map_location="cpu", mmap=True)["cfg"]["model"])
    # These four are all that the original reads of its command line
    read = ("encoder_layers", "encoder_embed_dim", "encoder_attention_heads", "token_dropout")
    return {name: stored[name] for name in read}


def convert_config(hyperparameters: dict) -> dict:
    """The arguments of the configuration; a hyper-parameter that is neither read here nor ignored is an error."""
    return {
        "hidden_size": hyperparameters["encoder_embed_dim"],
        "intermediate_size": 4 * hyperparameters["encoder_embed_dim"],
        "num_hidden_layers": hyperparameters["encoder_layers"],
        "num_attention_heads": hyperparameters["encoder_attention_heads"],
    }
