"""Ruff over generated files, at the version and with the settings that Transformers formats its files with."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from porting.errors import CannotRun, last_line


RUFF = "0.14.10"
# Given to ruff by name, so that no pyproject.toml around the workspace has a say.
SETTINGS = """\
target-version = "py310"
line-length = 119

[lint]
select = [
    "C4", "C901", "E", "F", "FURB", "I", "PERF102", "PIE794", "PLC0208", "PLC1802", "RUF013", "S110", "SIM", "UP", "W",
]
ignore = ["E501", "E741", "SIM1", "SIM905", "UP015", "UP031"]
extend-safe-fixes = ["UP006"]
isort = { lines-after-imports = 2, known-first-party = ["transformers"] }
mccabe = { max-complexity = 75 }
"""


def formatted(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts, by any names, as ruff leaves them: fixed, imports sorted, formatted; one run for all of them.

    Raises CannotRun where ruff is not there at its version.
    """
    require_ruff()
    with tempfile.TemporaryDirectory(prefix="modular-") as folder:
        settings, directory = Path(folder) / "ruff.toml", Path(folder) / "files"
        settings.write_text(SETTINGS, encoding="utf-8")
        directory.mkdir()
        paths = {name: directory / f"{number}.py" for number, name in enumerate(texts)}
        for name, path in paths.items():
            path.write_text(texts[name], encoding="utf-8", newline="")
        # What is left of ruff's complaints is the modular file's to mend, and `make quality` shows it.
        _ruff(["check", "--fix", "--exit-zero", "--no-cache", "--quiet"], settings, directory)
        _ruff(["format", "--no-cache", "--quiet"], settings, directory)
        return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


def require_ruff() -> None:
    try:
        found = version("ruff")
    except PackageNotFoundError:
        found = None
    if found != RUFF:
        raise CannotRun(
            f"generated files are formatted by ruff {RUFF}, and {f'{found} is' if found else 'none is'} installed "
            f"in {sys.prefix}: run make setup"
        )


def _ruff(command: list[str], settings: Path, directory: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--config", str(settings), str(directory)],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise CannotRun(f"ruff {command[0]} did not run: {last_line(done.stdout)}")
