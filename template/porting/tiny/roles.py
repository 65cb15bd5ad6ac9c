"""What a field of a configuration counts, told from its name: the first pattern that is found says it.

A name is matched in lower case. Roles:

    keep        the value is part of the arithmetic of shapes (kernel, stride, ratio): it stays
    layers      a number of layers                     heads       a number of attention heads
    head_dim    the width of one head                  width       a width of the residual stream, or compared to it
    inner       a width inside a feed-forward block    expert_inner   the same inside one of many experts
    rank        a low rank                             experts     a number of experts
    top_k       experts or groups chosen at a time     groups      groups of experts
    vocabulary  rows of a table of ids                 positions   rows of a table of positions
    token       an id of the vocabulary                image       side of an image in pixels
    patches     a number of patches of an image        window      keys that attention sees, or a block of them
    period      every so many layers                   first       so many layers at the start
    state       the size of a recurrent state          count       a number of things (queries, latents, points)
    layer_ids   numbers of layers
"""

import re
from functools import cache


_PATTERNS = (
    (
        "keep",
        r"^_(?!out_)|coef|cost|temperature|penalty|dropout|prob\b|_prob_|ratio|scale$|scale_|scaling|scalar|factor|_std|eps\b",
    ),
    ("keep", r"kernel|stride|padding|dilation|num_channels|mel_bins|mel_dim|sampling|sample_rate|hop_length"),
    (
        "keep",
        r"(^|_)rel_|relative|pos_?emb_(h|w|t|g)|landmark|(_|^)(base|theta)$|n_fft|frame_rate|spec_size|merge_size|^tubelet|temporal|labels|levels|ignore|interpol|n_points|codebooks$",
    ),
    ("token", r"token_(id|ids|index|idx)$|^(bo|eo)[a-z]_token|(?<!layer)_id$"),
    ("keep", r"^min_depth|^token_|_token$|layer_id$|feature_layer$"),
    (
        "layer_ids",
        r"(layer|block|attn|hook|visual|out|feature)s?_(ind|ids|idx)|layer_ids|index(es)?$|indices$|extract_layers|only_layers",
    ),
    (
        "layer_ids",
        r"(attention|moe|dense|proj|hybrid|sparse|global)_layers$|attention_blocks$(?<!num_attention_layers)",
    ),
    ("period", r"(interval|period|every|frequency|_freq|_step|pattern|every_n_layers|layer_group_size)$"),
    (
        "first",
        r"^first_|dense_replace|num_dense_layers|n_dense_layers|dense_layers$|offset$|max_window_layers|start_layer",
    ),
    (
        "experts",
        r"^(num|n|moe_num|moe)_?(local_|routed_|total_)?experts$|num_experts$|experts_num$|n_routed_experts|num_local_experts",
    ),
    ("keep", r"shared_experts$|num_shared|n_shared"),
    ("top_k", r"per_tok|top_?k$|topk_group|num_selected|experts_per|k_experts"),
    ("groups", r"^n_groups?$|expert_groups?$"),
    ("vocabulary", r"vocab|codebook_size|num_embeddings$|num_codevectors|hash_buckets|num_codes$"),
    (
        "positions",
        r"position_embeddings$|max_pos|_positions$|n_ctx|context_length|max_seq|seq_len|max_len|max_.*length|block_size$",
    ),
    ("image", r"image_size|img_size|^resolution$|input_resolution|crop_size"),
    ("keep", r"patch_size|patch_length"),
    ("patches", r"image_seq|num_patches|tokens_per_image|num_image_tokens|patches_per|num_position"),
    ("window", r"sliding_window|window|chunk|local_attention|attention_span|block_len"),
    (
        "head_dim",
        r"head_dim$|d_kv|dim_head|d_head|head_size|rotary_dim|head_width|kv_channels|qk_dim|(^|_)v_dim$|per_head",
    ),
    ("count", r"^num_groups$"),
    ("keep", r"groups?$"),
    ("heads", r"heads?$|attention_head"),
    ("layers", r"(^|_)(layers?|depths?|blocks?|num_layers|stages_layers|convs)$|^(num|n)_\w*layers?$"),
    ("rank", r"rank$|lora"),
    ("state", r"d_state|state_size|ssm_state|state_dim"),
    ("expert_inner", r"(moe|expert)\w*(intermediate|ffn|hidden|inner|mlp)"),
    ("inner", r"intermediate|ffn|inner|d_ff|mlp_dim|feed_forward|^dff$|dim_ff|mlp_hidden"),
    ("count", r"num_filters"),
    (
        "width",
        r"d_ssm|d_inner|hidden|d_model|embd|dim(s|ension)?$|_sizes?$|width|channel|planes|filters|_dim_|feats$|features$|embed",
    ),
    ("count", r"^(num|n|max|min)_|quer|latents|length|tokens|points|number"),
)


@cache
def role_of(name: str) -> str:
    """The role of a field, or "other"."""
    return next((role for role, pattern in _PATTERNS if re.search(pattern, name.lower())), "other")


# The width that the others of a configuration are compared to: the first of these that it has.
MAIN_WIDTHS = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "emb_dim", "hidden_dim", "encoder_embed_dim")
MAIN_HEADS = ("num_attention_heads", "n_head", "num_heads", "n_heads", "encoder_attention_heads", "attention_heads")
