# Layers of an encoder-decoder with other norms, and a method that uses the parent's result.
import torch
from torch import nn

from ..bart.modeling_bart import BartEncoder, BartEncoderLayer, BartForConditionalGeneration
from ..t5.modeling_t5 import T5LayerNorm


class WaxwingLayerNorm(T5LayerNorm):
    pass


class WaxwingEncoderLayer(BartEncoderLayer):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx)
        del self.activation_dropout
        self.final_layer_norm = WaxwingLayerNorm(self.embed_dim)

    def forward(self, hidden_states: torch.Tensor, attention_mask: torch.Tensor | None = None, **kwargs):
        mixed, _ = self.self_attn(hidden_states=hidden_states, attention_mask=attention_mask, **kwargs)
        hidden_states = self.self_attn_layer_norm(hidden_states + mixed)
        return self.final_layer_norm(hidden_states + self.fc2(self.activation_fn(self.fc1(hidden_states))))


class WaxwingEncoder(BartEncoder):
    def __init__(self, config):
        super().__init__(config)
        self.layernorm_embedding = nn.Identity()


class WaxwingForConditionalGeneration(BartForConditionalGeneration):
    def resize_token_embeddings(self, new_num_tokens, pad_to_multiple_of=None, mean_resizing=True) -> nn.Embedding:
        embedding = super().resize_token_embeddings(new_num_tokens, pad_to_multiple_of, mean_resizing)
        self.lm_head.out_features = new_num_tokens
        return embedding
