"""Reads NumPy `.npz` archives; shapes come from the headers, arrays are read one at a time. Pickled objects are refused."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from porting.conversion.sources.checkpoint import Checkpoint, Weight
from porting.errors import CannotRun


def torch_dtype(dtype: np.dtype, name: str) -> torch.dtype:
    """The torch dtype of the same kind and width. Raises CannotRun for text, objects and records."""
    try:
        return torch.from_numpy(np.empty(0, dtype.newbyteorder("="))).dtype
    except TypeError:
        raise CannotRun(f"{name} is an array of {dtype}, which is no dtype of torch; save it as float32") from None


def read(path: Path, key: str | None = None) -> Checkpoint:
    """One `.npz` file. `key` has no meaning: the format does not nest, `a/b` in a name stays as it is."""
    weights = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.namelist() if member.endswith(".npy")]
            for member in members:
                name = member.removesuffix(".npy")
                with archive.open(member) as file:
                    shape, _, dtype = _header(file)
                weights[name] = Weight(name, shape, torch_dtype(dtype, name), lambda name=name: _array(path, name))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise CannotRun(f"{path} cannot be read, is it cut short? {path.stat().st_size} bytes: {error}") from None
    if not weights:
        raise CannotRun(f"{path} holds no weights")
    return Checkpoint(path, "numpy", weights)


def _header(file):
    version = np.lib.format.read_magic(file)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read_header(file)


def _array(path: Path, name: str) -> torch.Tensor:
    try:
        with np.load(path, allow_pickle=False) as archive:
            array = archive[name]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise CannotRun(f"{name} in {path} cannot be read, fetch the file again: {error}") from None
    return torch.from_numpy(np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C"))
