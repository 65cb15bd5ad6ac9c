# Calls of the parent's method in a condition, in a with, in a conditional expression and in a loop.
import torch

from ..stablelm.modeling_stablelm import StableLmDecoderLayer, StableLmMLP, StableLmModel


class MartenMLP(StableLmMLP):
    def forward(self, x):
        if self.training:
            return super().forward(x)
        with torch.no_grad():
            for _ in range(2):
                x = super().forward(x)
        return x


class MartenDecoderLayer(StableLmDecoderLayer):
    def forward(self, hidden_states, **kwargs):
        return super().forward(hidden_states, **kwargs) if hidden_states.numel() else (hidden_states,)


class MartenModel(StableLmModel):
    pass
