"""Read a file as git keeps it; tell a generated one; replace several files, all of them or none."""

import os
from pathlib import Path


_BANNER = b"automatically generated from"
_HEAD = 3000  # bytes; the banner stands above the licence


def read(path: Path) -> bytes:
    """A file's bytes with plain line ends, whatever git's `autocrlf` made of them."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def was_generated(content: bytes) -> bool:
    """Whether a file says in its head that a converter wrote it."""
    return _BANNER in content[:_HEAD]


def replace_all(contents: dict[Path, bytes | None]) -> None:
    """Give each file its content, None takes it away. What fails or is interrupted leaves every file as it was.

    All that is needed, for going on and for going back, is on the disk before the first file is replaced. Killed
    between two replacements, some files are new and some are old, each of them whole.
    """
    new = {path: _beside(path, "new") for path, content in contents.items() if content is not None}
    old = {path: _beside(path, "old") for path in contents if path.is_file()}
    touched = []
    try:
        for path, backup in old.items():
            backup.write_bytes(path.read_bytes())
        for path, scratch in new.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_bytes(contents[path])
            if path in old:
                scratch.chmod(path.stat().st_mode & 0o777)
        for path in contents:
            touched.append(path)
            if path in new:
                new[path].replace(path)
            else:
                path.unlink(missing_ok=True)
    except BaseException:
        for path in touched:
            if path in old:
                old[path].replace(path)
            else:
                path.unlink(missing_ok=True)
        raise
    finally:
        for scratch in (*new.values(), *old.values()):
            scratch.unlink(missing_ok=True)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.{what}")
