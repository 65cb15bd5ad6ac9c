# The heads first, what they are made of last.
import torch

from ..llama.modeling_llama import (
    LlamaAttention,
    LlamaDecoderLayer,
    LlamaForCausalLM,
    LlamaMLP,
    LlamaModel,
    LlamaPreTrainedModel,
    LlamaRMSNorm,
)


class GodwitRMSNorm(LlamaRMSNorm):
    pass


class GodwitMLP(LlamaMLP):
    def forward(self, x: torch.Tensor):
        return self.down_proj(x)


class GodwitDecoderLayer(LlamaDecoderLayer):
    pass


class GodwitAttention(LlamaAttention):
    def __init__(self, config, layer_idx):
        super().__init__(config, layer_idx)
        self.norm = GodwitRMSNorm(self.head_dim)


class GodwitPreTrainedModel(LlamaPreTrainedModel):
    pass


class GodwitModel(LlamaModel):
    pass


class GodwitForCausalLM(LlamaForCausalLM):
    pass
