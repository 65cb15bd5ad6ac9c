"""Run a model whose weights are in 32 bits as if it were in 64, without a second copy of it."""

from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode


# Asked of a tensor, not computed from it: no cast is needed, and one would cost a copy of the weight.
QUESTIONS = frozenset("__get__ __set__ size dim numel stride is_floating_point is_contiguous data_ptr __len__".split())


class Widen(TorchFunctionMode):
    """Casts the 32-bit tensors that an operation is given to 64 bits, for this operation alone.

    A weight so exists in 64 bits only while it is used. Casts to 32 bits in the model's own code become casts to 64.
    """

    resting = False

    def __init__(self):
        super().__init__()
        self.room = torch.empty(0, dtype=torch.float64, device="cpu")

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if Widen.resting or name in QUESTIONS:
            return func(*args, **kwargs)
        if func is torch.nn.functional.embedding:  # rows of a table: cast what was looked up, not the table
            return _wide(func(*args, **kwargs))
        if func is torch.nn.functional.linear and len(args) > 1:
            args = (args[0], self._wide_weight(args[1]), *args[2:])
        if func is torch.Tensor.float:
            func = torch.Tensor.double
        in_place = name == "__setitem__" or name.endswith("_") and not name.endswith("__")
        kept = args[:1] if in_place else ()
        args = (*kept, *(_wide(argument) for argument in args[len(kept) :]))
        return func(*args, **{key: value if key == "out" else _wide(value) for key, value in kwargs.items()})

    def _wide_weight(self, weight):
        """The weight of a linear layer in memory that the next one uses again: most of a cast is getting memory.

        No output of a linear layer is a view of its weight, so nothing else sees that memory.
        """
        if type(weight) is not torch.nn.Parameter or weight.dtype != torch.float32 or weight.device.type != "cpu":
            return weight
        if self.room.numel() < weight.numel():
            self.room = torch.empty(weight.numel(), dtype=torch.float64, device="cpu")
        return self.room[: weight.numel()].view(weight.shape).copy_(weight.detach())


def _wide(value):
    if value is torch.float32:
        return torch.float64
    if isinstance(value, torch.Tensor):
        return value.double() if value.dtype == torch.float32 else value
    if type(value) in (tuple, list):
        return type(value)(map(_wide, value))
    return value


@contextmanager
def in_64_bits():
    """Within it, tensors are made in 64 bits, and every operation on tensors computes in them."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with Widen():
            yield
    finally:
        torch.set_default_dtype(default)


@contextmanager
def as_written():
    """Within it casts mean what they say: for the code of the replay itself, which runs amid the model's."""
    before, Widen.resting = Widen.resting, True
    try:
        yield
    finally:
        Widen.resting = before
