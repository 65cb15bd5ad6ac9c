# A mapping of classes at module level that names renamed classes.
import torch
from torch import nn

from ..sam.modeling_sam import SamMLPBlock, SamModel, SamVisionAttention, SamVisionEncoder, SamVisionLayer


class HornetMLPBlock(SamMLPBlock):
    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        hidden_states = super().forward(hidden_states)
        return hidden_states * torch.sigmoid(hidden_states)


class HornetVisionAttention(SamVisionAttention):
    def __init__(self, config, window_size):
        super().__init__(config, window_size)
        self.sting = nn.Parameter(torch.ones(1))


class HornetVisionLayer(SamVisionLayer):
    pass


class HornetVisionEncoder(SamVisionEncoder):
    pass


class HornetModel(SamModel):
    pass
