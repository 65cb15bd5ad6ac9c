# One norm goes, one is added, one is of another kind.
import torch
from torch import nn

from ..llama.modeling_llama import LlamaDecoderLayer, LlamaModel


class BasaltDecoderLayer(LlamaDecoderLayer):
    def __init__(self, config: BasaltConfig, layer_idx: int):  # noqa: F821
        super().__init__(config, layer_idx)
        del self.input_layernorm
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size)
        self.exit_norm = nn.LayerNorm(config.hidden_size, bias=False)

    def forward(self, hidden_states: torch.Tensor, position_embeddings=None, **kwargs) -> torch.Tensor:
        kept = hidden_states
        mixed, _ = self.self_attn(hidden_states, position_embeddings=position_embeddings, **kwargs)
        hidden_states = kept + self.post_attention_layernorm(mixed)
        return hidden_states + self.exit_norm(self.mlp(hidden_states))


class BasaltModel(LlamaModel):
    pass


__all__ = ["BasaltModel"]
