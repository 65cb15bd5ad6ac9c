# Classes whose parents stand in this very file.
import torch
from torch import nn

from ..mistral.modeling_mistral import MistralAttention, MistralDecoderLayer, MistralModel


class WhimbrelAttention(MistralAttention):
    pass


class WhimbrelShortAttention(WhimbrelAttention):
    def __init__(self, config, layer_idx: int):
        super().__init__(config, layer_idx)
        self.short = True

    def forward(self, hidden_states, **kwargs):
        return super().forward(hidden_states, **kwargs)


class WhimbrelBill(nn.Linear):
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input.flip(-1))


class WhimbrelDecoderLayer(MistralDecoderLayer):
    def __init__(self, config, layer_idx: int):
        super().__init__(config, layer_idx)
        self.self_attn = (WhimbrelShortAttention if layer_idx % 2 else WhimbrelAttention)(config, layer_idx)
        self.bill = WhimbrelBill(2, 2)


class WhimbrelModel(MistralModel):
    pass
