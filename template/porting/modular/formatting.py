"""Ruff over generated files, at the version and with the settings that Transformers formats its files with."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from porting.errors import CannotRun, last_line


RUFF = "0.14.10"
# Given to ruff by name, so that no other configuration has a say; pyproject.toml extends it, for editors.
SETTINGS = Path(__file__).with_name("ruff.toml")


def formatted(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts, by any names, as ruff leaves them: fixed, imports sorted, formatted; one run for all of them.

    Raises CannotRun where ruff is not there at its version.
    """
    with tempfile.TemporaryDirectory(prefix="modular-") as folder:
        paths = {name: Path(folder) / f"{number}.py" for number, name in enumerate(texts)}
        for name, path in paths.items():
            path.write_text(texts[name], encoding="utf-8", newline="")
        # What is left of ruff's complaints is the modular file's to mend, and `make quality` shows it.
        for command in (ruff("check", "--fix", "--exit-zero", "--quiet"), ruff("format")):
            done = subprocess.run(
                [*command, folder], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
            )
            if done.returncode:
                raise CannotRun(f"ruff {command[3]} did not run: {last_line(done.stderr)}")
        return {name: path.read_text(encoding="utf-8") for name, path in paths.items()}


def ruff(command: str, *options: str) -> list[str]:
    """The command line of `ruff check` or `ruff format` as upstream runs it, without files. Raises CannotRun."""
    require_ruff()
    return [sys.executable, "-m", "ruff", command, "--config", str(SETTINGS), "--no-cache", *options]


def require_ruff() -> None:
    """Raise CannotRun unless ruff is upstream's: another formats otherwise, and calls ours a fault."""
    require({"ruff": RUFF})


def require(pins: Mapping[str, str]) -> None:
    """Raise CannotRun, with the command that mends it, where one of these packages is not there at its version."""
    found = {name: installed(name) for name in pins}
    wrong = [name for name in pins if found[name] != pins[name]]
    if wrong:
        raise CannotRun(
            f"{' and '.join(f'{name} {found[name]}' if found[name] else f'no {name}' for name in wrong)} "
            f"{'is' if len(wrong) == 1 else 'are'} installed, and another version formats otherwise; "
            f"run `{sys.executable} -m pip install {' '.join(f'{name}=={pins[name]}' for name in wrong)}`"
        )


def installed(name: str) -> str | None:
    """The version of a package in this environment, None if it has none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
