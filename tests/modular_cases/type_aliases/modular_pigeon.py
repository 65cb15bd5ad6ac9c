# Aliases of types, type variables, a protocol.
from collections.abc import Callable
from typing import Protocol, TypeVar, Union

import torch

from ..stablelm.modeling_stablelm import StableLmMLP, StableLmModel


States = Union[torch.Tensor, tuple[torch.Tensor, ...]]
T = TypeVar("T")
Carrier = Callable[[States], States]


class PigeonCarrier(Protocol):
    def __call__(self, states: States) -> States: ...


def home(states: T) -> T:
    return states


class PigeonMLP(StableLmMLP):
    def forward(self, x: States) -> States:
        carry: Carrier = home
        return carry(x)


class PigeonModel(StableLmModel):
    def carried_by(self, carrier: PigeonCarrier) -> States:
        return carrier(self.norm.weight)
