"""A fingerprint of the converted weights, by which another tool can tell whether they are still the same."""

import hashlib
import json
from pathlib import Path

from porting.errors import CannotRun
from porting.reports import write_report


ALGORITHM = "sha256"
_BLOCK = 1 << 24
# The report in which `known_digest` finds what `remember_digest` wrote.
_MEMORY = "weights"


def label(digest) -> str:
    """A running `hashlib` digest as it is written into a report."""
    return f"{ALGORITHM}:{digest.hexdigest()}"


def weights_digest(folder: Path) -> str:
    """The digest that `make convert` gives as `weights_digest` in `reports/convert.json`, from the files in `folder`.

    SHA-256 of all bytes of `model*.safetensors`, in the order of the file names, as `cat model*.safetensors | sha256sum`
    computes it. So it covers every name, shape, dtype and value, and how they are cut into files; it does not cover the
    index, `config.json` or `generation_config.json`. Every byte is read: about 2 s for 2 GB.
    Raises CannotRun if there are no weights.
    """
    digest = hashlib.new(ALGORITHM)
    block = memoryview(bytearray(_BLOCK))
    for path in _weight_files(folder):
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(block[:count])
    return label(digest)


def known_digest(folder: Path, reports: Path) -> str:
    """`weights_digest`, without reading files that have not changed since it was remembered.

    Files that changed as late as the memory was written are read all the same: a second change within one tick of the
    file system's clock does not show in their times. Raises CannotRun if there are no weights.
    """
    files = _states(folder)
    memory = reports / f"{_MEMORY}.json"
    try:
        remembered = json.loads(memory.read_text(encoding="utf-8"))
        last_change = max(max(times) for _, _, *times in files.values())
        if remembered["files"] == files and last_change < memory.stat().st_mtime_ns:
            return remembered["weights_digest"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing is remembered, or nothing that can be used
    digest = weights_digest(folder)
    _remember(files, digest, reports)
    return digest


def remember_digest(folder: Path, digest: str, reports: Path) -> None:
    """Note in `reports/` that the files in `folder` as they are now have this `weights_digest`."""
    _remember(_states(folder), digest, reports)


def _remember(files: dict, digest: str, reports: Path) -> None:
    write_report(reports, _MEMORY, {"files": files, "weights_digest": digest})


def _states(folder: Path) -> dict[str, list[int]]:
    """Each file's size, identity and the times of its last changes, of which the system sets one by itself."""
    found = {str(path.resolve()): path.stat() for path in _weight_files(folder)}
    return {path: [file.st_size, file.st_ino, file.st_mtime_ns, file.st_ctime_ns] for path, file in found.items()}


def _weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise CannotRun(f"{folder} holds no model*.safetensors; run make convert first")
    return files
