"""Reads what `torch.save` wrote, without ever running code that is pickled in it."""

import argparse
import pickle
import re
import zipfile
from pathlib import Path

import torch

from porting.conversion.sources.checkpoint import Checkpoint, first_line, of_tensor
from porting.conversion.sources.nesting import find_weights
from porting.errors import CannotRun


def read(path: Path, key: str | None = None) -> Checkpoint:
    """One `.pt`, `.pth`, `.bin` or `.ckpt` file. Weights of the zip format stay on disk until they are read."""
    zipped = zipfile.is_zipfile(path)
    found, notes = find_weights(_load(path, zipped), str(path), key)
    for name, tensor in found.items():
        if tensor.layout != torch.strided or tensor.is_quantized:
            raise CannotRun(f"{name} in {path} is sparse or quantized; save it as a plain tensor first")
    if not zipped:
        notes.append("the file has torch's old format, which is read into memory at once")
    weights = {name: of_tensor(name, tensor.detach(), mapped=zipped) for name, tensor in found.items()}
    return Checkpoint(path, "pytorch", weights, notes)


def _load(path: Path, zipped: bool):
    try:
        # Training scripts often save their command line; a Namespace is only a bag of values.
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        asked = re.search(r"GLOBAL ([\w.]+)", str(error))
        if asked:
            raise CannotRun(
                f"{path} asks for {asked.group(1)} while it is read; nothing of it was run. Save only the state dict in the "
                "original's environment: torch.save(model.state_dict(), ...)"
            ) from None
        raise CannotRun(f"{path} is no checkpoint of torch, or damaged; save or fetch it again") from None
    except (RuntimeError, EOFError, ValueError, OSError, KeyError, AttributeError) as error:
        raise CannotRun(
            f"{path} cannot be read, is it cut short? {path.stat().st_size} bytes: {first_line(error)}"
        ) from None
