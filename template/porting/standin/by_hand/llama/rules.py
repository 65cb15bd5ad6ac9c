"""From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
"""

import json
from pathlib import Path

from porting.conversion.heads import SplitHeads
from transformers import Chunk, WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming


# FILL: the class of the port that the original's checkpoint belongs to
PORT_CLASS = "LlamaForCausalLM"

# FILL: the original's names, on the left; `make rules` proposes them. Every renaming that matches is applied, in this
# order, then at most one converter, which sees the renamed name. While it is empty, the rules of the model that the
# port starts from hold.
RULES = [
    WeightRenaming(r"\.tokens\.", r"\.embed_tokens\."),
    WeightRenaming(r"\.stack\.", r"\.layers\."),
    WeightRenaming(r"\.norm_out\.g", r"\.norm\.weight"),
    WeightRenaming("norm_a.g", "input_layernorm.weight"),
    WeightRenaming("norm_b.g", "post_attention_layernorm.weight"),
    WeightRenaming("ffn.down", "mlp.down_proj"),
    WeightConverter(
        "mix.qkv.weight",
        ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"],
        operations=[SplitHeads()],
    ),
    WeightConverter("mix.out.w", "self_attn.o_proj.weight", operations=[Transpose(0, 1)]),
    WeightConverter("ffn.gate_up.weight", ["mlp.gate_proj.weight", "mlp.up_proj.weight"], operations=[Chunk(dim=0)]),
]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED: dict[str, str] = {r"^model\.rates$": "the port computes the angles from its configuration"}

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
        "num_key_value_heads": hyperparameters["groups"],
        "intermediate_size": hyperparameters["inner"],
        "max_position_embeddings": hyperparameters["context"],
        "rope_parameters": {"rope_type": "default", "rope_theta": hyperparameters["theta"]},
        "rms_norm_eps": hyperparameters["norm_eps"],
    }
