"""A fingerprint of the converted weights, by which another tool can tell whether they are still the same."""

import hashlib
import json
import time
from pathlib import Path

from porting.errors import CannotRun
from porting.reports import write_report


ALGORITHM = "sha256"
_BLOCK = 1 << 24
# A file that was changed less than this many seconds ago may change again without its time stamp showing it.
_SETTLED = 2.0


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
    """`weights_digest`, without reading files that have not changed since it was worked out last.

    `reports/weights.json` remembers it with each file's size, identity and the times of its last changes, of which the
    system sets one by itself. Raises CannotRun if there are no weights.
    """
    asked = time.time()
    found = {str(path.resolve()): path.stat() for path in _weight_files(folder)}
    files = {path: [file.st_size, file.st_mtime_ns, file.st_ctime_ns, file.st_ino] for path, file in found.items()}
    try:
        remembered = json.loads((reports / "weights.json").read_text(encoding="utf-8"))
        if remembered["files"] == files:
            return remembered["weights_digest"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing is remembered, or nothing that can be used
    digest = weights_digest(folder)
    if asked - max(max(file.st_mtime, file.st_ctime) for file in found.values()) > _SETTLED:
        write_report(reports, "weights", {"files": files, "weights_digest": digest})
    return digest


def _weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise CannotRun(f"{folder} holds no model*.safetensors; run make convert first")
    return files
