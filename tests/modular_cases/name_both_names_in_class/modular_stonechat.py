# Classes named by both, our prefix and the parent's.
from torch import nn

from ..llama.modeling_llama import LlamaDecoderLayer


class StonechatDecoderLayer(nn.Module):
    def __init__(self, config, layer_idx: int):
        super().__init__()
        self.inner = StonechatLlamaDecoderLayer(config, layer_idx)

    def forward(self, hidden_states):
        return self.inner(hidden_states)


class StonechatLlamaDecoderLayer(LlamaDecoderLayer):
    pass
