"""What every reader returns: weights by name, whose values are read only when asked for."""

import ctypes
import mmap
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import torch


_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Weight:
    """One tensor of a checkpoint. `read()` returns it; where it is `mapped`, that is a view of the file."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[], torch.Tensor] = field(repr=False, compare=False)
    mapped: bool = False

    def prefetch(self) -> None:
        """Ask the kernel to read a mapped weight from the disk now, for a `read` soon."""
        if self.mapped and self.nbytes:
            start = self.read().data_ptr()
            page = start - start % mmap.PAGESIZE
            # Advice only: where the kernel does not take it, reading is slower and no less right.
            _LIBC.madvise(ctypes.c_void_p(page), ctypes.c_size_t(start + self.nbytes - page), mmap.MADV_WILLNEED)

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


def of_tensor(name: str, tensor: torch.Tensor, mapped: bool = False) -> Weight:
    """A weight whose value is at hand, in memory or mapped from a file."""
    return Weight(name, tuple(tensor.shape), tensor.dtype, lambda: tensor, mapped)


def first_line(error: Exception) -> str:
    """What an error of another library says, short enough for a message of one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
