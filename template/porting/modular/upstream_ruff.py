"""Upstream's own linter and formatter, at the version and settings that upstream pins."""

import importlib.metadata
import sys
from pathlib import Path

from porting.errors import CannotRun


RUFF = "0.14.10"
SETTINGS = Path(__file__).with_name("ruff.toml")


def ruff(command: str, *options: str) -> list[str]:
    """The command line of `ruff check` or `ruff format`, without files. Raises CannotRun for another version."""
    require()
    return [sys.executable, "-m", "ruff", command, "--config", str(SETTINGS), "--no-cache", *options]


def require() -> None:
    """Raise CannotRun unless the installed ruff is the one: another formats otherwise, and calls it a fault."""
    try:
        installed = f"ruff {importlib.metadata.version('ruff')}"
    except importlib.metadata.PackageNotFoundError:
        installed = "no ruff"
    if installed != f"ruff {RUFF}":
        raise CannotRun(
            f"{installed} is installed, and upstream formats with {RUFF}; "
            f"run `{sys.executable} -m pip install ruff=={RUFF}`"
        )
