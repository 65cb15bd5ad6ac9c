"""Opens a checkpoint of whatever format, as names, shapes, dtypes and weights that are read when asked for."""

import json
from pathlib import Path

from porting.conversion.sources import numpy_files, optional, pytorch, safetensors_files
from porting.conversion.sources.checkpoint import Checkpoint, Weight
from porting.errors import CannotRun


__all__ = ["Checkpoint", "Weight", "open_checkpoint"]

READERS = {
    ".safetensors": safetensors_files.read,
    ".npz": numpy_files.read,
    ".msgpack": optional.read_msgpack,
    ".pt": pytorch.read,
    ".pth": pytorch.read,
    ".bin": pytorch.read,
    ".ckpt": pytorch.read,
    ".th": pytorch.read,
    ".tar": pytorch.read,
}
ORBAX_MARKS = ("_METADATA", "manifest.ocdbt")


def open_checkpoint(path: Path, key: str | None = None) -> Checkpoint:
    """Open the checkpoint at `path`: a file, a directory, or the prefix of a TensorFlow checkpoint.

    `key` names the entry of a nested file that holds the weights. Raises CannotRun, with the next step, for what
    cannot be read: nothing there, an unknown format, a damaged file, a missing shard, pickled code, a missing reader.
    """
    if path.with_name(path.name + ".index").is_file():
        return optional.read_tensorflow(path, key)
    if not path.exists():
        raise CannotRun(f"{path} does not exist; give the original's checkpoint: CHECKPOINT=<file or directory>")
    if path.is_dir():
        return _open_directory(path, key)
    if path.name.endswith(".index.json"):
        return _open_shards(path, key)
    if path.suffix == ".index":
        return optional.read_tensorflow(path.with_suffix(""), key)
    return _reader(path)(path, key)


def _reader(path: Path):
    with path.open("rb") as file:
        start = file.read(8)
    if path.suffix in READERS:
        return READERS[path.suffix]
    if start[:2] in (b"PK", b"\x80\x02"):
        return pytorch.read
    raise CannotRun(f"{path} has no ending that says its format; known are {', '.join(READERS)} and *.index")


def _open_directory(path: Path, key: str | None) -> Checkpoint:
    if _is_orbax(path):
        return optional.read_orbax(path, key)
    indexes = sorted(path.glob("*.index.json"))
    if len(indexes) == 1:
        return _open_shards(indexes[0], key)
    files = indexes or sorted(file for file in path.iterdir() if file.suffix in READERS or file.suffix == ".index")
    # A manager of checkpoints has a folder for each step, and in that one for each item.
    files = files or sorted(folder for folder in path.iterdir() if folder.is_dir() and _holds_orbax(folder))
    names = ", ".join(file.name for file in files)
    if not files:
        raise CannotRun(f"{path} holds no file of weights ({', '.join(READERS)}, *.index); name the file itself")
    if len(files) > 1:
        raise CannotRun(f"{path} holds {names} and no one index that joins them; name one: CHECKPOINT={files[0]}")
    return open_checkpoint(files[0], key)


def _is_orbax(path: Path) -> bool:
    return any((path / mark).exists() for mark in ORBAX_MARKS)


def _holds_orbax(folder: Path) -> bool:
    return _is_orbax(folder) or any(_is_orbax(item) for item in folder.iterdir() if item.is_dir())


def _open_shards(index: Path, key: str | None) -> Checkpoint:
    try:
        places = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise CannotRun(f"{index} is no index of shards ({type(error).__name__}: {error}); fetch it again") from None
    shards: dict[str, Checkpoint] = {}
    for shard in dict.fromkeys(places.values()):
        file = index.parent / shard
        if not file.is_file():
            raise CannotRun(f"{index} names the shard {shard}, which is not there; fetch it again")
        shards[shard] = _reader(file)(file, key)
    weights = {}
    for name, shard in places.items():
        if name not in shards[shard].weights:
            raise CannotRun(f"{index} says {name} is in {shard}, but it is not; fetch both again")
        weights[name] = shards[shard].weights[name]
    for shard, content in shards.items():
        unlisted = [name for name in content.weights if name not in places]
        if unlisted:
            raise CannotRun(f"{shard} holds {unlisted[0]}, which {index} does not list; fetch both again")
    first = next(iter(shards.values()))
    notes = list(dict.fromkeys(note for content in shards.values() for note in content.notes))
    return Checkpoint(index, f"sharded {first.format}", weights, notes)
