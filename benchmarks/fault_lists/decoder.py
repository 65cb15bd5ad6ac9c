"""Faults of the decoder: rotary positions, grouped heads, a gated feed-forward, RMS norm before each part."""

from fault_lists.fault import Fault
from fault_lists.originals import DECODER_LOSS
from fault_lists.weights import interleave, round_all, scale, swap, tie_head, transpose


LAYER = "model.layers.*"
ATTENTION = f"{LAYER}.self_attn"
PAIRS = """pairs = torch.stack((-hidden_states[..., 1::2], hidden_states[..., ::2]), dim=-1)
    return pairs.flatten(-2)
    first, second = hidden_states.chunk(2, dim=-1)"""
TURN_ALL = """query = (query * cos) + (rotate_half(query) * sin)
    key = (key * cos) + (rotate_half(key) * sin)
    return query, key"""
TURN_HALF = """half = query.shape[-1] // 2
    cos, sin = (torch.cat(2 * [part[..., :half:2]], dim=-1) for part in (cos, sin))
    turned = [part[..., :half] * cos + rotate_half(part[..., :half]) * sin for part in (query, key)]
    return tuple(torch.cat((part, whole[..., half:]), dim=-1) for part, whole in zip(turned, (query, key)))"""

DECODER = [
    Fault(
        "wrong activation",
        "decoder",
        f"{LAYER}.mlp",
        ("activation",),
        "MLP",
        "ACT2FN[config.hidden_act]",
        'ACT2FN["gelu"]',
    ),
    Fault(
        "missing activation",
        "decoder",
        f"{LAYER}.mlp",
        ("activation", "activation_input"),
        "MLP",
        "self.act_fn(self.gate_proj(hidden_states))",
        "self.gate_proj(hidden_states)",
    ),
    Fault("eps", "decoder", f"{LAYER}.input_layernorm", ("eps",), config={"rms_norm_eps": 1e-6}),
    Fault(
        "missing residual",
        "decoder",
        LAYER,
        ("residual_missing",),
        "DecoderLayer",
        "return residual + hidden_states",
        "return hidden_states",
    ),
    Fault(
        "doubled residual",
        "decoder",
        LAYER,
        ("residual_doubled",),
        "DecoderLayer",
        "return residual + hidden_states",
        "return 2 * residual + hidden_states",
    ),
    Fault(
        "norm order",
        "decoder",
        LAYER,
        ("norm_order",),
        "DecoderLayer",
        "hidden_states = self.mlp(hidden_states)",
        "hidden_states = self.mlp(residual)",
    ),
    Fault(
        "norm type",
        "decoder",
        f"{LAYER}.input_layernorm",
        ("norm_type",),
        "RMSNorm",
        "mean_square =",
        "hidden_states = hidden_states - hidden_states.mean(-1, keepdim=True)\n        mean_square =",
    ),
    Fault(
        "norm gain",
        "decoder",
        f"{LAYER}.input_layernorm",
        ("norm_gain",),
        "RMSNorm",
        "return self.weight *",
        "return (1 + self.weight) *",
    ),
    Fault(
        "rotary layout",
        "decoder",
        ATTENTION,
        ("rotary_layout",),
        "rotate_half",
        "first, second = hidden_states.chunk(2, dim=-1)",
        PAIRS,
    ),
    Fault(
        "rotary layout",
        "decoder",
        f"{ATTENTION}.q_proj",
        ("feature_order",),
        weights=interleave("model.layers.1.self_attn.q_proj", 8),
    ),
    Fault(
        "theta",
        "decoder",
        "model.rotary_emb",
        ("rope_theta",),
        config={"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}},
    ),
    Fault("rotary share", "decoder", ATTENTION, ("rotary_dims",), "apply_rotary_pos_emb", TURN_ALL, TURN_HALF),
    Fault(
        "rotary frequencies",
        "decoder",
        "model.rotary_emb",
        ("rotary_frequencies",),
        "RotaryEmbedding",
        "dtype=torch.float, device=device) / dim)",
        "dtype=torch.float, device=device) / config.hidden_size)",
    ),
    Fault(
        "attention scale",
        "decoder",
        ATTENTION,
        ("attention_scale",),
        "Attention",
        "self.head_dim**-0.5",
        "config.hidden_size**-0.5",
    ),
    Fault(
        "head grouping",
        "decoder",
        ATTENTION,
        ("head_grouping",),
        "repeat_kv",
        "return hidden_states.reshape(",
        "return hidden_states.transpose(1, 2).reshape(",
    ),
    Fault(
        "heads not transposed back",
        "decoder",
        ATTENTION,
        ("head_layout",),
        "eager_attention_forward",
        "attn_output.transpose(1, 2).contiguous()",
        "attn_output.contiguous()",
    ),
    Fault(
        "mask missing",
        "decoder",
        "model",
        ("attention_mask",),
        "Model",
        "attention_mask=causal_mask",
        "attention_mask=None",
    ),
    Fault(
        "mask side",
        "decoder",
        "model",
        ("attention_mask",),
        "Model",
        "attention_mask=causal_mask",
        "attention_mask=causal_mask.transpose(2, 3)",
    ),
    Fault(
        "transposed weight",
        "decoder",
        f"{ATTENTION}.o_proj",
        ("transposed_weight",),
        weights=transpose("model.layers.1.self_attn.o_proj"),
    ),
    Fault(
        "swapped weights",
        "decoder",
        f"{LAYER}.mlp.gate_proj",
        ("swapped_weights",),
        weights=swap("model.layers.0.mlp.gate_proj", "model.layers.0.mlp.up_proj"),
    ),
    Fault(
        "scaled weight",
        "decoder",
        f"{LAYER}.mlp.down_proj",
        ("scaled_weight",),
        weights=scale("model.layers.2.mlp.down_proj", 1.0001),
    ),
    Fault(
        "embedding scale",
        "decoder",
        "model",
        ("scale",),
        "Model",
        "hidden_states = inputs_embeds",
        "hidden_states = inputs_embeds * self.config.hidden_size**0.5",
    ),
    Fault("tied head", "decoder", "lm_head", ("tied_head",), weights=tie_head),
    Fault(
        "dropout left on",
        "decoder",
        ATTENTION,
        ("dropout",),
        "eager_attention_forward",
        "p=dropout, training=module.training",
        "p=0.1",
    ),
    Fault(
        "wrong layer index",
        "decoder",
        "model",
        ("wrong_input",),
        "Model",
        "in self.layers[: self.config.num_hidden_layers]",
        "in self.layers[::-1]",
    ),
    Fault(
        "soft cap",
        "decoder",
        "",
        ("soft_cap",),
        "ForCausalLM",
        "loss = None",
        "logits = 20 * torch.tanh(logits / 20)\n        loss = None",
    ),
    Fault(
        "label shift",
        "decoder",
        "",
        ("label_shift",),
        "ForCausalLM",
        "labels=labels, vocab_size",
        "labels=nn.functional.pad(labels[:, 1:], (0, 1), value=-100), vocab_size",
        original=DECODER_LOSS,
    ),
    Fault("weights in bfloat16", "decoder", "model.embed_tokens", ("bfloat16_weights",), weights=round_all),
]
