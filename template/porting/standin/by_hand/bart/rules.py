"""From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
"""

import json
from pathlib import Path

from transformers import Chunk, WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming


# FILL: the class of the port that the original's checkpoint belongs to
PORT_CLASS = "BartForConditionalGeneration"

# FILL: the original's names, on the left; `make rules` proposes them. Every renaming that matches is applied, in this
# order, then at most one converter, which sees the renamed name. While it is empty, the rules of the model that the
# port starts from hold.
RULES = [
    WeightRenaming("words", "model.shared"),
    WeightRenaming("reader.places", "model.encoder.embed_positions"),
    WeightRenaming("reader.norm", "model.encoder.layernorm_embedding"),
    WeightRenaming("reader.blocks", "model.encoder.layers"),
    WeightRenaming("writer.places", "model.decoder.embed_positions"),
    WeightRenaming("writer.norm", "model.decoder.layernorm_embedding"),
    WeightRenaming("writer.blocks", "model.decoder.layers"),
    WeightRenaming("self_mix.out", "self_attn.out_proj"),
    WeightRenaming("cross_mix.ask", "encoder_attn.q_proj"),
    WeightRenaming("cross_mix.out", "encoder_attn.out_proj"),
    WeightRenaming("norm_self", "self_attn_layer_norm"),
    WeightRenaming("norm_cross", "encoder_attn_layer_norm"),
    WeightRenaming("norm_ff", "final_layer_norm"),
    WeightRenaming("ff.up.b", "fc1.bias"),
    WeightRenaming("ff.down.b", "fc2.bias"),
    WeightConverter(
        "self_mix.qkv.weight",
        ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"],
        operations=[Chunk(dim=0)],
    ),
    WeightConverter(
        "self_mix.qkv.bias",
        ["self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"],
        operations=[Chunk(dim=0)],
    ),
    WeightConverter(
        "cross_mix.kv.weight",
        ["encoder_attn.k_proj.weight", "encoder_attn.v_proj.weight"],
        operations=[Chunk(dim=0)],
    ),
    WeightConverter(
        "cross_mix.kv.bias", ["encoder_attn.k_proj.bias", "encoder_attn.v_proj.bias"], operations=[Chunk(dim=0)]
    ),
    WeightConverter("ff.up.w", "fc1.weight", operations=[Transpose(0, 1)]),
    WeightConverter("ff.down.w", "fc2.weight", operations=[Transpose(0, 1)]),
]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED: dict[str, str] = {r"^future$": "the port makes its masks by itself"}

# Hyper-parameters of the original that the port does not need: name -> why.
IGNORED: dict[str, str] = {"warmup_steps": "only training used it"}

# Hyper-parameters that the port has built in: name -> the only value that is right. `make rules` lists candidates.
BUILT_IN: dict = {"norm_eps": 1e-5, "first_place": 2}


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
        "d_model": hyperparameters["width"],
        "encoder_layers": hyperparameters["reader_depth"],
        "decoder_layers": hyperparameters["writer_depth"],
        "encoder_attention_heads": hyperparameters["heads"],
        "decoder_attention_heads": hyperparameters["heads"],
        "encoder_ffn_dim": hyperparameters["inner"],
        "decoder_ffn_dim": hyperparameters["inner"],
        "max_position_embeddings": hyperparameters["context"],
    }
