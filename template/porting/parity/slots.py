"""Where the main tensor of a call is: among its arguments, and in what it returns."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Slot:
    """The place of one tensor among the arguments of a call."""

    where: int | str

    def get(self, args, kwargs):
        return args[self.where] if isinstance(self.where, int) else kwargs[self.where]

    def put(self, args, kwargs, value):
        if isinstance(self.where, int):
            return (*args[: self.where], value, *args[self.where + 1 :]), kwargs
        return args, {**kwargs, self.where: value}


def main_slot(args: tuple, kwargs: dict) -> Slot | None:
    """The argument a module works on: the first floating tensor that is no attention mask."""
    if isinstance(kwargs.get("hidden_states"), torch.Tensor):
        return Slot("hidden_states")
    for where, value in [*enumerate(args), *kwargs.items()]:
        if (
            isinstance(value, torch.Tensor)
            and value.is_floating_point()
            and value.ndim in (2, 3)
            and "mask" not in str(where)
        ):
            return Slot(where)
    return None


def main_output(output) -> torch.Tensor | None:
    """The tensor a module returns, or the first floating one of several."""
    return next((tensor for tensor in tensors_in(output) if tensor.is_floating_point()), None)


def put_output(output, value, replacement):
    """`output` with the tensor `value` replaced."""
    if output is value:
        return replacement
    if isinstance(output, tuple):
        return tuple(replacement if item is value else item for item in output)
    if isinstance(output, list):
        return [replacement if item is value else item for item in output]
    for key, item in output.items():
        if item is value:
            output[key] = replacement
    return output


def tensors_in(value) -> list[torch.Tensor]:
    """All tensors in nested tuples, lists and mappings, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, tuple | list):
        return [tensor for item in value for tensor in tensors_in(item)]
    if hasattr(value, "values") and callable(value.values):
        return [tensor for item in value.values() for tensor in tensors_in(item)]
    return []
