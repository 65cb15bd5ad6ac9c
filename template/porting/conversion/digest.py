"""A fingerprint of the converted weights, by which another tool can tell whether they are still the same."""

import hashlib
from pathlib import Path

from porting.errors import CannotRun


ALGORITHM = "sha256"
_BLOCK = 1 << 24


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
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise CannotRun(f"{folder} holds no model*.safetensors; run make convert first")
    digest = hashlib.new(ALGORITHM)
    block = memoryview(bytearray(_BLOCK))
    for path in files:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(block[:count])
    return label(digest)
