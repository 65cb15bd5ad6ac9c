"""Reads what only another framework's own package can read, where that package is installed."""

import importlib
from pathlib import Path

import numpy as np
import torch

from porting.conversion.sources.checkpoint import Checkpoint, Weight, first_line
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
    """An Orbax directory, as one tree of NumPy arrays in memory; nested names are joined with dots.

    On how many devices it was written does not matter.
    """
    checkpointing = _need("orbax.checkpoint", "orbax-checkpoint", path)
    import jax

    checkpointer = checkpointing.PyTreeCheckpointer()
    as_numpy = checkpointing.RestoreArgs(restore_type=np.ndarray)
    try:
        described = checkpointer.metadata(path.absolute())
        # Newer releases describe more than the tree of arrays.
        tree = getattr(getattr(described, "item_metadata", described), "tree", described)
        arguments = jax.tree_util.tree_map(lambda _: as_numpy, tree)
        content = checkpointer.restore(path.absolute(), restore_args=arguments)
    except Exception as error:  # Orbax passes on whatever the storage raised
        raise CannotRun(f"{path} cannot be read as an Orbax checkpoint: {first_line(error)}") from None
    return _of_tree(path, "orbax", content, key)


def read_tensorflow(prefix: Path, key: str | None = None) -> Checkpoint:
    """A TensorFlow checkpoint by its prefix (`model.ckpt` of `model.ckpt.index`); arrays are read one at a time."""
    train = _need("tensorflow", "tensorflow-cpu", prefix).train
    try:
        reader = train.load_checkpoint(str(prefix))
    except Exception as error:  # TensorFlow's errors are classes of its own
        raise CannotRun(f"{prefix} cannot be read as a TensorFlow checkpoint: {first_line(error)}") from None

    def read(name: str) -> torch.Tensor:
        try:
            return _tensor(name, reader.get_tensor(name))
        except Exception as error:  # a data file cut short shows only here
            raise CannotRun(f"{name} in {prefix} cannot be read, is a file cut short? {first_line(error)}") from None

    weights, others = {}, []
    dtypes = reader.get_variable_to_dtype_map()
    for name, shape in sorted(reader.get_variable_to_shape_map().items()):
        dtype = np.dtype(dtypes[name].as_numpy_dtype)
        if dtype.kind not in "fciub" and dtype.name != "bfloat16":
            others.append(name)
            continue
        weights[name] = Weight(name, tuple(shape), _torch_dtype(name, dtype), lambda name=name: read(name))
    notes = [f"left what is not a tensor: {', '.join(others)}"] if others else []
    return Checkpoint(prefix, "tensorflow", weights, notes)


def _of_tree(path: Path, kind: str, content, key: str | None) -> Checkpoint:
    found, notes = find_weights(content, str(path), key)
    weights = {}
    for name, value in found.items():
        array = np.asarray(value)
        dtype = _torch_dtype(name, array.dtype)
        weights[name] = Weight(name, array.shape, dtype, lambda name=name, array=array: _tensor(name, array))
    return Checkpoint(path, kind, weights, notes)


def _torch_dtype(name: str, dtype: np.dtype) -> torch.dtype:
    return torch.bfloat16 if dtype.name == "bfloat16" else torch_dtype(dtype, name)


def _tensor(name: str, value) -> torch.Tensor:
    # torch shares the memory, and takes it for writable.
    array = np.require(value, requirements=["C", "W"])
    dtype = _torch_dtype(name, array.dtype)
    # bfloat16 is no dtype of NumPy's own: the bits are the same.
    return torch.from_numpy(array.view(np.int16) if dtype is torch.bfloat16 else array).view(dtype)


def _need(module: str, package: str, path: Path):
    try:
        return importlib.import_module(module)
    except ImportError:
        raise CannotRun(f"{path} needs {module} to be read: python -m pip install {package}") from None
