"""Reads what only another framework's own package can read, where that package is installed."""

import importlib
from pathlib import Path

import numpy as np
import torch

from porting.conversion.sources.checkpoint import Checkpoint, Weight, of_tensor
from porting.conversion.sources.nesting import find_weights
from porting.conversion.sources.numpy_files import torch_dtype
from porting.errors import CannotRun


def read_msgpack(path: Path, key: str | None = None) -> Checkpoint:
    """A Flax `.msgpack` file; nested names are joined with dots."""
    serialization = _need("flax.serialization", "flax", path)
    try:
        content = serialization.msgpack_restore(path.read_bytes())
    except Exception as error:  # msgpack has no common base for its errors
        raise CannotRun(f"{path} cannot be read, is it cut short? {path.stat().st_size} bytes: {error}") from None
    return _of_tree(path, "flax msgpack", content, key)


def read_orbax(path: Path, key: str | None = None) -> Checkpoint:
    """An Orbax directory, as one tree in memory; nested names are joined with dots."""
    checkpointing = _need("orbax.checkpoint", "orbax-checkpoint", path)
    try:
        content = checkpointing.PyTreeCheckpointer().restore(path.absolute())
    except Exception as error:  # Orbax passes on whatever the storage raised
        raise CannotRun(f"{path} cannot be read as an Orbax checkpoint: {str(error).splitlines()[0]}") from None
    return _of_tree(path, "orbax", content, key)


def read_tensorflow(prefix: Path, key: str | None = None) -> Checkpoint:
    """A TensorFlow checkpoint by its prefix (`model.ckpt` of `model.ckpt.index`); arrays are read one at a time."""
    train = _need("tensorflow", "tensorflow-cpu", prefix).train
    try:
        reader = train.load_checkpoint(str(prefix))
    except Exception as error:  # TensorFlow's errors are classes of its own
        raise CannotRun(f"{prefix} cannot be read as a TensorFlow checkpoint: {str(error).splitlines()[0]}") from None
    shapes, dtypes = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    weights, others = {}, []
    for name, shape in sorted(shapes.items()):
        dtype = dtypes[name].as_numpy_dtype
        if np.dtype(dtype).kind not in "fiub":
            others.append(name)
            continue
        weights[name] = Weight(
            name,
            tuple(shape),
            torch_dtype(np.dtype(dtype), name),
            lambda name=name: torch.from_numpy(np.array(reader.get_tensor(name))),
        )
    return Checkpoint(
        prefix, "tensorflow", weights, [f"left what is not a tensor: {', '.join(others)}"] if others else []
    )


def _of_tree(path: Path, kind: str, content, key: str | None) -> Checkpoint:
    found, notes = find_weights(content, str(path), key)
    return Checkpoint(
        path, kind, {name: of_tensor(name, _tensor(name, value)) for name, value in found.items()}, notes
    )


def _tensor(name: str, value) -> torch.Tensor:
    array = np.asarray(value)
    if array.dtype.name == "bfloat16":  # a dtype of JAX's, of the same bits as torch's
        return torch.from_numpy(np.asarray(array, order="C").view(np.int16)).view(torch.bfloat16)
    torch_dtype(array.dtype, name)
    return torch.from_numpy(np.asarray(array, order="C"))


def _need(module: str, package: str, path: Path):
    try:
        return importlib.import_module(module)
    except ImportError:
        raise CannotRun(f"{path} needs {module} to be read: python -m pip install {package}") from None
