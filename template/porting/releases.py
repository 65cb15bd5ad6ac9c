"""The releases of Transformers that this template was tested with, and what is said of any other. Standard library."""

import importlib.metadata
import re
import subprocess
from pathlib import Path


OLDEST, NEWEST = "5.16.1", "5.24.0"

_ASK = "import importlib.metadata as m; print(m.version('transformers'))"


def untested(version: str) -> str | None:
    """One line about a release outside the tested range, or about a version that is no release; None for the others."""
    if not (parts := re.match(r"(\d+)\.(\d+)(?:\.(\d+))?(?P<rest>.*)", version)):
        return f"Transformers {version} is no version that can be compared; tested: {OLDEST} to {NEWEST}"
    numbers = tuple(int(part or 0) for part in parts.groups()[:3])
    if re.match(r"[._-]?(a|b|c|rc|dev)", parts["rest"]):
        return f"Transformers {version} is a development version; tested are the releases {OLDEST} to {NEWEST}"
    if _numbers(OLDEST) <= numbers <= _numbers(NEWEST):
        return None
    side = "newer" if numbers > _numbers(NEWEST) else "older"
    return (
        f"Transformers {version} is {side} than what this template was tested with, {OLDEST} to {NEWEST}; "
        f"if something fails: pip install transformers=={NEWEST}"
    )


def untested_installed(python: Path | None = None) -> str | None:
    """`untested` of the Transformers of this interpreter, or of another; None where there is none."""
    if python is None:
        try:
            return untested(importlib.metadata.version("transformers"))
        except importlib.metadata.PackageNotFoundError:
            return None
    asked = subprocess.run([python, "-c", _ASK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    version = asked.stdout.decode(errors="replace").strip()
    return untested(version) if version else None


def say_untested(python: Path | None = None) -> None:
    """Print that line, if there is one."""
    if said := untested_installed(python):
        print(said, flush=True)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
