# Copyright 2026, the port-template authors.
"""A decoder with norms on queries and keys."""

from collections.abc import Callable

import torch
from torch import nn

from ...cache_utils import Cache
from ...modeling_utils import ALL_ATTENTION_FUNCTIONS
from ...processing_utils import Unpack
from ...utils import TransformersKwargs, logging
from ..olmo.configuration_olmo import OlmoConfig
from ..olmo.modeling_olmo import OlmoAttention, OlmoForCausalLM, apply_rotary_pos_emb, eager_attention_forward


logger = logging.get_logger(__name__)


class TundraConfig(OlmoConfig):
    model_type = "tundra"
    norm_heads: bool = True


class TundraAttention(OlmoAttention):
    def __init__(self, config: TundraConfig, layer_idx: int):
        super().__init__(config, layer_idx)
        self.head_norm = nn.LayerNorm(self.head_dim) if config.norm_heads else nn.Identity()

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None,
        past_key_values: Cache | None = None,
        **kwargs: Unpack[TransformersKwargs],
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        shape = hidden_states.shape[:-1]
        per_head = (*shape, -1, self.head_dim)
        query = self.head_norm(self.q_proj(hidden_states).view(per_head)).transpose(1, 2)
        key = self.head_norm(self.k_proj(hidden_states).view(per_head)).transpose(1, 2)
        value = self.v_proj(hidden_states).view(per_head).transpose(1, 2)

        query, key = apply_rotary_pos_emb(query, key, *position_embeddings)
        if past_key_values is not None:
            key, value = past_key_values.update(key, value, self.layer_idx)

        attend: Callable = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation, eager_attention_forward
        )
        mixed, weights = attend(self, query, key, value, attention_mask, scaling=self.scaling, **kwargs)
        return self.o_proj(mixed.reshape(*shape, -1).contiguous()), weights


class TundraForCausalLM(OlmoForCausalLM):
    pass


__all__ = ["TundraConfig", "TundraForCausalLM"]
