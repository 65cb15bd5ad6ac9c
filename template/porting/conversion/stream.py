"""Pass two: weights through the rules into shards that are planned before the first byte, and appear when all are whole."""

import errno
import hashlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import torch

from porting.conversion import digest
from porting.conversion.findings import Finding
from porting.conversion.plan import Group, Plan, Target
from porting.conversion.port import Port
from porting.errors import CannotRun


# What safetensors calls the dtypes.
DTYPE_NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
    torch.complex64: "C64",
}
# The files of a converted checkpoint.
CONVERTED = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model-?????-of-?????.safetensors",
    "model.safetensors.index.json",
)
# Small files that are written beside the shards, with room to spare.
_MARGIN = 1 << 20
# Values looked at together, so that looking needs little memory.
_PIECE = 1 << 22


@dataclass(frozen=True)
class Shard:
    """One file and what is in it, in the order of writing."""

    name: str
    groups: list[Group]

    @property
    def targets(self) -> list[Target]:
        return [target for group in self.groups for target in group.targets]

    def header(self) -> bytes:
        """The start of the safetensors file: 8 bytes of length, then names, dtypes, shapes and offsets as JSON."""
        entries: dict = {"__metadata__": {"format": "pt"}}
        offset = 0
        for target in self.targets:
            entries[target.name] = {
                "dtype": DTYPE_NAMES[target.dtype],
                "shape": list(target.shape),
                "data_offsets": [offset, offset + target.nbytes],
            }
            offset += target.nbytes
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text


def plan_shards(plan: Plan, shard_bytes: int) -> list[Shard]:
    """Cut the plan into files of at most `shard_bytes`, or of one group where that alone is larger."""
    # Wide dtypes first: then every tensor of a file is aligned to its own width.
    groups = sorted(plan.groups, key=lambda group: -max(target.dtype.itemsize for target in group.targets))
    parts: list[list[Group]] = [[]]
    size = 0
    for group in groups:
        nbytes = sum(target.nbytes for target in group.targets)
        if parts[-1] and size + nbytes > shard_bytes:
            parts.append([])
            size = 0
        parts[-1].append(group)
        size += nbytes
    if len(parts) == 1:
        return [Shard("model.safetensors", parts[0])]
    return [Shard(f"model-{i:05}-of-{len(parts):05}.safetensors", part) for i, part in enumerate(parts, start=1)]


def stream(
    plan: Plan,
    port: Port,
    folder: Path,
    shards: list[Shard],
    dtype: torch.dtype | None,
    advance: Callable[[int], None],
) -> tuple[list[Finding], str]:
    """Write the shards and their index into `folder`; `advance` is told the bytes written.

    Returns warnings, and the digest of what was written. At any time only the weights of one group are in memory.
    """
    warnings = []
    written = hashlib.new(digest.ALGORITHM)
    for shard in shards:
        with (folder / shard.name).open("wb") as file:
            header = shard.header()
            file.write(header)
            written.update(header)
            for group in shard.groups:
                made = group.convert(port, dtype=dtype)
                for target in group.targets:
                    tensor = made.pop(target.name)
                    warnings += _not_finite(target, tensor)
                    data = _bytes(tensor)
                    file.write(data)
                    written.update(data)
                    advance(target.nbytes)
            file.flush()
            os.fsync(file.fileno())
    if len(shards) > 1:
        places = {target.name: shard.name for shard in shards for target in shard.targets}
        index = {"metadata": {"total_size": plan.nbytes}, "weight_map": dict(sorted(places.items()))}
        text = json.dumps(index, indent=2) + "\n"
        (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    return warnings, digest.label(written)


@contextmanager
def appearing(out: Path, nbytes: int, ours: Iterable[str] = CONVERTED) -> Iterator[Path]:
    """A folder to write `nbytes` into, that becomes `out` if the block ends well and is gone if it does not.

    An `out` of an earlier run is replaced at that moment, not before; what a killed run left is removed first.
    `ours` are patterns of the files that may be replaced. Raises CannotRun if `out` holds anything else, or the disk
    has no room.
    """
    _check_replaceable(out, ours)
    partial = out.with_name(f".{out.name}.partial")
    replaced = out.with_name(f".{out.name}.replaced")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        free = shutil.disk_usage(partial).free
        if free < nbytes + _MARGIN:
            raise CannotRun(f"{out} needs {_size(nbytes)}, but its disk has {_size(free)} left; give another OUT=")
        yield partial
        shutil.rmtree(replaced, ignore_errors=True)
        if out.exists():
            out.rename(replaced)
        partial.rename(out)
        shutil.rmtree(replaced, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise CannotRun(
                f"{out}: {error.strerror}; nothing was left behind. Make room, or give another OUT="
            ) from None
        raise CannotRun(f"{out} cannot be written: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _check_replaceable(out: Path, ours: Iterable[str]) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if out.is_symlink() or not out.is_dir():
        raise CannotRun(f"{out} exists and is no folder of an earlier run; remove it, or give another OUT=")
    foreign = [path.name for path in out.iterdir() if not any(fnmatch(path.name, pattern) for pattern in ours)]
    if foreign:
        raise CannotRun(f"{out} holds {foreign[0]}, which no earlier run wrote; move it away, or give another OUT=")


def _bytes(tensor: torch.Tensor) -> memoryview:
    return memoryview(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())


def _not_finite(target: Target, tensor: torch.Tensor) -> list[Finding]:
    if not target.dtype.is_floating_point:
        return []
    flat, bad = tensor.contiguous().reshape(-1), 0
    for start in range(0, flat.numel(), _PIECE):
        piece = flat[start : start + _PIECE]
        piece = piece if piece.dtype.itemsize >= 4 else piece.float()
        # A sum is finite only if all of its terms are; only where it is not, they are counted.
        if not math.isfinite(piece.sum().item()):
            bad += int((~torch.isfinite(piece)).sum())
    if not bad:
        return []
    return [
        Finding("not finite", target.name, f"{bad} of {tensor.numel()} values are NaN or infinite in the original")
    ]


def _size(nbytes: int) -> str:
    return f"{nbytes / 1e9:.2f} GB" if nbytes >= 1e8 else f"{nbytes / 1e6:.1f} MB"
