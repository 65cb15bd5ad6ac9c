"""What every reader returns: weights by name, whose values are read only when asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import torch


@dataclass(frozen=True)
class Weight:
    """One tensor of a checkpoint. `read()` returns it, mapped from the file where the format allows."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], torch.Tensor] = field(repr=False, compare=False)

    @property
    def nbytes(self) -> int:
        return prod(self.shape) * self.dtype.itemsize


@dataclass
class Checkpoint:
    """The weights of an original; `notes` say what the reader decided about the file by itself."""

    path: Path
    format: str
    weights: dict[str, Weight]
    notes: list[str] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        return sum(weight.nbytes for weight in self.weights.values())


def of_tensor(name: str, tensor: torch.Tensor) -> Weight:
    """A weight whose value is at hand, in memory or mapped from a file."""
    return Weight(name, tuple(tensor.shape), tensor.dtype, lambda: tensor)
