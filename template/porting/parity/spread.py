"""A port whose weights are not all in this process: slices in several processes, or on disk until a module runs.

Spreading is done by Transformers' tensor-parallel plan and by Accelerate's device map. Here their tensors are made
whole for the comparison, and cut again for the module that goes on with them.
"""

import os

import torch

from porting.parity.precision import as_written


def under_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ


def processes() -> int:
    """How many processes torchrun started, this one included; 1 without torchrun."""
    return int(os.environ["WORLD_SIZE"]) if under_torchrun() else 1


def is_first() -> bool:
    return not under_torchrun() or os.environ["RANK"] == "0"


def spread_of(model) -> str:
    """How the port is spread, in words; empty where it is whole in one place."""
    if processes() > 1:
        return f"in slices in {processes()} processes, by its tensor-parallel plan"
    places = sorted({str(place) for place in (getattr(model, "hf_device_map", None) or {}).values()})
    return f"over {', '.join(places)}" if places else ""


def agree(value):
    """The first process's `value` in every process, so that all of them go the same way from here."""
    if processes() == 1:
        return value
    held = [value]
    with as_written():
        torch.distributed.broadcast_object_list(held)
    return held[0]


def device_of(model) -> torch.device:
    """Where the inputs of `model` go; Accelerate moves them on from there."""
    device = next(model.parameters()).device
    return torch.device("cpu") if device.type == "meta" else device


def whole(module, side: str, tensor: torch.Tensor) -> torch.Tensor:
    """`tensor` at the input or output side of `module`, gathered if each process holds a slice of its features."""
    features = _features(module, side)
    if processes() == 1 or features is None or tensor.shape[-1] == features:
        return tensor
    from torch.distributed.tensor import DTensor, Shard

    shape = torch.Size((*tensor.shape[:-1], features))
    stride = torch.empty(shape, device="meta").stride()
    return DTensor.from_local(tensor, _mesh(module), [Shard(-1)], shape=shape, stride=stride).full_tensor()


def part(tensor: torch.Tensor, module, like: torch.Tensor) -> torch.Tensor:
    """This process's slice of a whole `tensor`, where `like`, which it stands for, is a slice."""
    if tensor.shape == like.shape:
        return tensor
    from torch.distributed.tensor import Shard, distribute_tensor

    return distribute_tensor(tensor, _mesh(module), [Shard(-1)], src_data_rank=None).to_local()


def weight_of(module, name: str = "weight") -> torch.Tensor | None:
    """The whole of one weight of `module`, wherever it is kept; None if it has none of that name."""
    from accelerate.utils import align_module_device

    with as_written(), align_module_device(module):
        weight = getattr(module, name, None)
        if not isinstance(weight, torch.Tensor):
            return None
        weight = weight.detach()
        return (weight.full_tensor() if _is_slice(weight) else weight).cpu()


def _features(module, side: str) -> int | None:
    return getattr(module, "in_features" if side == "input" else "out_features", None)


def _mesh(module):
    return next(parameter.device_mesh for parameter in module.parameters() if _is_slice(parameter))


def _is_slice(tensor: torch.Tensor) -> bool:
    """Whether it is a DTensor, of which this process holds a part."""
    return hasattr(tensor, "full_tensor")
