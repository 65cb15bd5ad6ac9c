"""From the original's weights and hyper-parameters to the port's: the only place that says which is which.

`make convert` follows it, `make parity` aligns the modules by it, and `RULES` is what lands upstream.
"""

from pathlib import Path

import yaml

from transformers import Chunk, WeightConverter
from transformers.core_model_loading import WeightRenaming


# The class of the port that the original's checkpoint belongs to.
PORT_CLASS = "PythiaForCausalLM"

RULES = [
    WeightRenaming(r"^transformer\.h\.(\d+)\.attn\.qkv\.weight", r"model.layers.\1.self_attn.qkv.weight"),
    WeightRenaming(r"^transformer\.h\.(\d+)\.attn\.qkv\.bias", r"model.layers.\1.self_attn.qkv.bias"),
    WeightRenaming(r"^transformer\.h\.(\d+)\.attn\.proj\.", r"model.layers.\1.self_attn.dense."),
    WeightRenaming(r"^transformer\.h\.(\d+)\.mlp\.fc\.", r"model.layers.\1.mlp.fc1."),
    WeightRenaming(r"^transformer\.h\.(\d+)\.mlp\.proj\.", r"model.layers.\1.mlp.fc2."),
    WeightRenaming(r"^transformer\.h\.(\d+)\.norm_1\.", r"model.layers.\1.input_layernorm."),
    WeightRenaming(r"^transformer\.h\.(\d+)\.norm_2\.", r"model.layers.\1.post_attention_layernorm."),
    WeightRenaming(r"^transformer\.wte\.", "model.embed_tokens."),
    WeightRenaming(r"^transformer\.ln_f\.", "model.final_layernorm."),
    # Holds for weights and biases. Its name is in those of the original too, which upstream's tests look for
    WeightConverter("attn.qkv", ["attn.q_proj", "attn.k_proj", "attn.v_proj"], operations=[Chunk(dim=0)]),
]

# Weights of the original that the port does not need: a pattern of their names -> why.
DROPPED: dict[str, str] = {}

# Hyper-parameters of the original that the port does not need: name -> why.
IGNORED = {
    "head_size": "n_embd / n_head",
    "hf_config": "names the checkpoint",
    "name": "names the checkpoint",
    "vocab_size": "the pieces in use; the embedding has padded_vocab_size rows",
    "padding_multiple": "gave padded_vocab_size",
}

# Hyper-parameters that the port has built in: name -> the only value that is right. `make rules` lists candidates.
BUILT_IN = {
    "attention_logit_softcapping": None,
    "attention_scores_scalar": None,
    "attn_bias": False,
    "bias": True,
    "final_logit_softcapping": None,
    "first_k_dense_replace": None,
    "gelu_approximate": "none",
    "latent_attention": None,
    "lm_head_bias": False,
    "mlp_class_name": "GptNeoxMLP",
    "moe_intermediate_size": None,
    "n_expert": 0,
    "n_expert_groups": None,
    "n_expert_per_token": 0,
    "n_shared_expert": None,
    "n_topk_groups": None,
    "n_topk_scores_per_group": None,
    "norm_1": True,
    "norm_2": True,
    "norm_class_name": "LayerNorm",
    "norm_qk": False,
    "norm_qk_type": "default",
    "norm_topk_prob": False,
    "parallel_residual": True,
    "post_attention_norm": False,
    "post_mlp_norm": False,
    "rope_adjustments": None,
    "rope_condense_ratio": 1,
    "rope_indices": None,
    "rope_interleave": False,
    "rope_local_base_freq": None,
    "rotary_percentage": 0.25,
    "routed_scaling_factor": 1.0,
    "scale_embeddings": False,
    "shared_attention_norm": False,
    "sliding_window_indices": None,
    "sliding_window_size": None,
}


def read_hyperparameters(checkpoint: Path) -> dict:
    """The hyper-parameters of the original, from its own files; `checkpoint` is what `make convert` was given."""
    directory = checkpoint if checkpoint.is_dir() else checkpoint.parent
    return yaml.safe_load((directory / "model_config.yaml").read_text(encoding="utf-8"))


def convert_config(hyperparameters: dict) -> dict:
    """The arguments of the configuration; a hyper-parameter that is neither read here nor ignored is an error."""
    if hyperparameters["n_query_groups"] != hyperparameters["n_head"]:
        raise ValueError("Pythia has as many key-value heads as query heads, and so has the port")
    return {
        "vocab_size": hyperparameters["padded_vocab_size"],
        "hidden_size": hyperparameters["n_embd"],
        "num_hidden_layers": hyperparameters["n_layer"],
        "num_attention_heads": hyperparameters["n_head"],
        "intermediate_size": hyperparameters["intermediate_size"],
        "max_position_embeddings": hyperparameters["block_size"],
        "rope_parameters": {"rope_type": "default", "rope_theta": float(hyperparameters["rope_base"])},
        "layer_norm_eps": hyperparameters["norm_eps"],
    }
