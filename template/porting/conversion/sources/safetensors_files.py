"""Reads safetensors files; weights stay on disk until they are read."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from porting.conversion.sources.checkpoint import Checkpoint, Weight
from porting.errors import CannotRun


DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "C64": torch.complex64,
}


def read(path: Path, key: str | None = None) -> Checkpoint:
    """One `.safetensors` file. `key` has no meaning: the format does not nest."""
    try:
        handle = safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise CannotRun(f"{path} cannot be read, is it cut short? {path.stat().st_size} bytes: {error}") from None
    weights = {}
    for name in handle.keys():  # noqa: SIM118 (not a mapping)
        view = handle.get_slice(name)
        dtype = DTYPES.get(view.get_dtype())
        if dtype is None:
            raise CannotRun(f"{name} in {path} has the dtype {view.get_dtype()}; save it as one of torch's")
        weights[name] = Weight(name, tuple(view.get_shape()), dtype, lambda name=name: handle.get_tensor(name), True)
    if not weights:
        raise CannotRun(f"{path} holds no weights")
    return Checkpoint(path, "safetensors", weights)
