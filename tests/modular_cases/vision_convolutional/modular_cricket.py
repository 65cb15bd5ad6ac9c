# A convolutional network with a class of its own that has no base.
import torch
from torch import nn

from ..convnext.configuration_convnext import ConvNextConfig
from ..convnext.modeling_convnext import ConvNextForImageClassification, ConvNextLayer, ConvNextModel


class CricketConfig(ConvNextConfig):
    model_type = "cricket"


class Chirp:
    times: int = 2

    def __call__(self, x):
        return x * self.times


class CricketLayer(ConvNextLayer):
    def __init__(self, config, dim, drop_path=0):
        super().__init__(config, dim, drop_path)
        self.chirp = Chirp()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=5, padding=2, groups=dim)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.chirp(super().forward(features))


class CricketModel(ConvNextModel):
    pass


class CricketForImageClassification(ConvNextForImageClassification):
    pass
