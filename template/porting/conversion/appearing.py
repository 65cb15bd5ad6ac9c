"""A folder that appears under its name only when everything in it is whole."""

import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from porting.errors import CannotRun


# The files of a converted checkpoint.
CONVERTED = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "model-?????-of-?????.safetensors",
    "model.safetensors.index.json",
)
# What the guide puts beside them later, the tokenizer and the model card: kept when the weights are converted again.
BESIDE = ("*token*.json", "vocab.*", "merges.txt", "*.model", "chat_template.*", "README.md")
# Small files that are written beside the shards, with room to spare.
_MARGIN = 1 << 20


@contextmanager
def appearing(out: Path, nbytes: int, ours: Iterable[str] = CONVERTED) -> Iterator[Path]:
    """A folder to write `nbytes` into, that becomes `out` if the block ends well and is gone if it does not.

    An `out` of an earlier run is replaced at that moment, not before; what a killed run left is removed first.
    `ours` are patterns of the files that may be replaced; those of `BESIDE` are kept. Raises CannotRun if `out` holds
    anything else, or the disk has no room.
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
            for kept in out.iterdir():
                if not _fits(kept, ours):
                    shutil.copy2(kept, partial)
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
    foreign = [path.name for path in out.iterdir() if not _fits(path, [*ours, *BESIDE])]
    if foreign:
        raise CannotRun(f"{out} holds {foreign[0]}, which no earlier run wrote; move it away, or give another OUT=")


def _fits(path: Path, patterns: Iterable[str]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def _size(nbytes: int) -> str:
    return f"{nbytes / 1e9:.2f} GB" if nbytes >= 1e8 else f"{nbytes / 1e6:.1f} MB"
