"""Pass two: weights through the rules into their shards, as fast as a disk takes them and without ever holding many.

Four things happen at a time: the kernel is asked for the weights that come next, the weights at hand go through their
rules and are searched for NaN, and those before them are written and fingerprinted.
"""

import hashlib
import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from porting.conversion import digest
from porting.conversion.findings import Finding
from porting.conversion.plan import Group, Target, short_name
from porting.conversion.port import Port
from porting.conversion.shards import Shard, write_index


# Bytes that may wait between the steps: asked of the kernel, converted but not written, written but not sent to the disk.
_ASKED, _CONVERTED, _WRITTEN = 1 << 28, 1 << 27, 1 << 26
# Values looked at together, so that looking needs little memory.
_PIECE = 1 << 22


def stream(
    port: Port, folder: Path, shards: list[Shard], dtype: torch.dtype | None, advance: Callable[[int], None]
) -> tuple[list[Finding], str]:
    """Write the shards and their index into `folder`; `advance` is told the bytes written.

    Returns warnings, and the digest of what was written. Of the weights that rules compute, those of the group being
    converted are in memory, those of the group being written, and `_CONVERTED` bytes between them; weights that are
    only renamed stay where they are mapped.
    """
    warnings: list[Finding] = []
    written = hashlib.new(digest.ALGORITHM)

    def convert(group: Group) -> list[tuple[torch.Tensor, list[Finding]]]:
        made = group.convert(port, dtype=dtype)
        weights = [(target, made[target.name].contiguous()) for target in group.targets]
        cast = any(source.dtype != target.dtype for source in group.source_weights for target in group.targets)
        return [(weight, _not_finite(target, weight, cast)) for target, weight in weights]

    groups = [group for shard in shards for group in shard.groups]
    with (
        ThreadPoolExecutor(1) as asking,
        # More threads in one operation would take the processors from the other steps.
        ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as converting,
        ThreadPoolExecutor(1) as hashing,
    ):
        asked = _ahead(asking, _prefetch, groups, _ASKED)
        converted = _ahead(converting, convert, (group for group, _ in asked), _CONVERTED)
        for shard in shards:
            with _Output(folder / shard.name, written, hashing) as output:
                output.write(shard.header())
                for _ in shard.groups:
                    for weight, findings in next(converted)[1]:
                        warnings += findings
                        for piece in _pieces(weight):
                            output.write(piece)
                            advance(len(piece))
    write_index(shards, folder)
    return warnings, digest.label(written)


class _Output:
    """A file that is fingerprinted while it is written, sent to the disk as it grows, and there when it is closed."""

    def __init__(self, path: Path, written, hashing: Executor):
        self.file = path.open("wb")
        self.written, self.hashing = written, hashing
        self.size = self.sent = 0

    def write(self, data: bytes | memoryview) -> None:
        hashed = self.hashing.submit(self.written.update, data)
        self.file.write(data)
        self.size += len(data)
        if self.size - self.sent >= _WRITTEN:
            self._send()
        hashed.result()

    def _send(self) -> None:
        self.file.flush()
        if hasattr(os, "posix_fadvise"):
            # Begins to write out what is not needed in the cache; at the end, little is left to wait for.
            os.posix_fadvise(self.file.fileno(), self.sent, self.size - self.sent, os.POSIX_FADV_DONTNEED)
        self.sent = self.size

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        with self.file:
            if kind is None:
                self.file.flush()
                os.fsync(self.file.fileno())


def _ahead(pool: Executor, work: Callable[[Group], Any], groups: Iterable[Group], limit: int) -> Iterator[tuple]:
    """`(group, work(group))` for each group in order, where `pool` works up to `limit` bytes, or one group, ahead."""
    begun: deque = deque()
    waiting = 0
    for group in groups:
        while begun and waiting + group.nbytes > limit:
            first, future = begun.popleft()
            waiting -= first.nbytes
            yield first, future.result()
        begun.append((group, pool.submit(work, group)))
        waiting += group.nbytes
    while begun:
        first, future = begun.popleft()
        yield first, future.result()


def _prefetch(group: Group) -> None:
    for weight in group.source_weights:
        weight.prefetch()


def _pieces(tensor: torch.Tensor) -> Iterator[memoryview]:
    content = memoryview(tensor.reshape(-1).view(torch.uint8).numpy())
    for start in range(0, len(content), _WRITTEN):
        yield content[start : start + _WRITTEN]


def _not_finite(target: Target, tensor: torch.Tensor, cast: bool) -> list[Finding]:
    if not target.dtype.is_floating_point:
        return []
    flat, bad = tensor.reshape(-1), 0
    for start in range(0, flat.numel(), _PIECE):
        piece = flat[start : start + _PIECE]
        piece = piece if piece.dtype.itemsize >= 4 else piece.float()
        # A sum is finite only if all of its terms are; only where it is not, they are counted.
        if not math.isfinite(piece.sum().item()):
            bad += int((~torch.isfinite(piece)).sum())
    if not bad:
        return []
    where = f"in the original, or too large for {short_name(target.dtype)}" if cast else "in the original"
    return [Finding("not finite", target.name, f"{bad} of {tensor.numel()} values are NaN or infinite {where}")]
