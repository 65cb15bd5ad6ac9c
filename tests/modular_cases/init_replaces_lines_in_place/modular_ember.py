# Each assignment takes the place of the parent's line, wherever that stands.
from torch import nn

from ..starcoder2.modeling_starcoder2 import Starcoder2Attention, Starcoder2DecoderLayer, Starcoder2Model


class EmberAttention(Starcoder2Attention):
    def __init__(self, config, layer_idx=None):
        super().__init__(config, layer_idx)
        self.scaling = self.head_dim**-0.25
        # the first of the two is a list, not a tensor
        self.windows = [2**power for power in range(config.num_attention_heads)]
        self.q_proj = nn.Linear(config.hidden_size, config.num_attention_heads * self.head_dim, bias=False)


class EmberDecoderLayer(Starcoder2DecoderLayer):
    def __init__(self, config, layer_idx: int):
        super().__init__(config, layer_idx)
        self.mlp = nn.Sequential(nn.Linear(config.hidden_size, 8), nn.GELU(), nn.Linear(8, config.hidden_size))
        self.hidden_size: int = config.hidden_size + 0


class EmberModel(Starcoder2Model):
    def __init__(self, config):
        super().__init__(config)
        self.layers = nn.ModuleList([EmberDecoderLayer(config, index) for index in range(config.num_hidden_layers)])
        self.last = config.num_hidden_layers - 1
