# Lines that stand before the call of the parent's constructor.
from torch import nn

from ..qwen2.modeling_qwen2 import Qwen2Attention, Qwen2DecoderLayer, Qwen2MLP, Qwen2Model


class WillowMLP(Qwen2MLP):
    def __init__(self, config):
        widened = config.intermediate_size * 2
        self.widened = widened
        super().__init__(config)
        self.up_proj = nn.Linear(config.hidden_size, widened, bias=True)


class WillowAttention(Qwen2Attention):
    def __init__(self, config, layer_idx: int):
        self.kind = config.layer_types[layer_idx]
        super().__init__(config, layer_idx)


class WillowDecoderLayer(Qwen2DecoderLayer):
    def __init__(self, config, layer_idx: int):
        """Says which layer this is."""
        if layer_idx < 0:
            raise ValueError(f"no layer {layer_idx} in WillowModel")
        super().__init__(config, layer_idx)
        self.position = layer_idx


class WillowModel(Qwen2Model):
    pass
