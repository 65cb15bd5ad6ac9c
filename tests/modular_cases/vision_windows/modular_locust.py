# Windows, with the parent's functions used in a method of ours.
from dataclasses import dataclass

import torch

from ...utils import ModelOutput, auto_docstring
from ..swin.modeling_swin import SwinEncoderOutput, SwinLayer, SwinModel, window_partition, window_reverse


@auto_docstring(custom_intro="What a swarm of Locust sees.")
@dataclass
class LocustEncoderOutput(SwinEncoderOutput):
    pass


@dataclass
class LocustSwarmOutput(ModelOutput):
    """All of them at once."""

    heads: torch.FloatTensor | None = None
    wings: tuple[torch.FloatTensor, ...] | None = None


class LocustLayer(SwinLayer):
    def swarm(self, states: torch.Tensor, size: int) -> LocustSwarmOutput:
        windows = window_partition(states, size)
        return LocustSwarmOutput(heads=window_reverse(windows, size, *states.shape[1:3]))


class LocustModel(SwinModel):
    pass
