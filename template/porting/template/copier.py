"""Copier as this machine has it, and the version of the template that the port has."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.workspace import Workspace


OLDEST = "9.19.0"


@dataclass(frozen=True)
class Versions:
    """Versions of the template: the one the port has and the newest; `newer` says whether these differ."""

    current: str
    newest: str
    newer: bool


def command() -> list[str]:
    """How to call Copier: COPIER=, else the one on PATH, else the interpreter's. Raises CannotRun without a good one."""
    if named := os.environ.get("COPIER"):
        found = [named]
    elif on_path := shutil.which("copier"):
        found = [on_path]
    elif importlib.util.find_spec("copier"):
        found = [sys.executable, "-m", "copier"]
    else:
        raise CannotRun("Copier is not installed; run `pipx install copier`, or name it: COPIER=...")
    try:
        asked = subprocess.run([*found, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise CannotRun(f"COPIER={found[0]} cannot be run ({error.strerror}); name the program itself") from None
    version = re.search(r"\d+\.\d+(\.\d+)?", asked.stdout.decode(errors="replace"))
    if asked.returncode or not version:
        raise CannotRun(f"`{' '.join(found)} --version` fails: {last_line(asked.stdout)}; run `pipx reinstall copier`")
    if _numbers(version[0]) < _numbers(OLDEST):
        raise CannotRun(
            f"Copier {version[0]} is too old, this template needs {OLDEST} or newer; run `pipx upgrade copier`"
        )
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def source(workspace: Workspace) -> tuple[str, str]:
    """The template's address and the version the port has of it. Raises CannotRun where the answers lack them."""
    for key in ("_src_path", "_commit"):
        if not workspace.answers.get(key):
            raise CannotRun(
                f".copier-answers.yml has no {key}, so it is not known which version of the template the port has; "
                "take the file back from git's history, or copy a released version over the port (its files stay)"
            )
    return str(workspace.answers["_src_path"]), str(workspace.answers["_commit"])


def versions(workspace: Workspace, copier: list[str]) -> Versions:
    """Ask the template for its newest version. Raises CannotRun if it cannot be reached."""
    address, _ = source(workspace)
    asked = subprocess.run(
        [*copier, "check-update", "--output-format", "json"],
        cwd=workspace.root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=os.environ | {"GIT_TERMINAL_PROMPT": "0"},
    )
    try:
        told = json.loads(asked.stdout)
        return Versions(told["current_version"], told["latest_version"], told["update_available"])
    except (ValueError, KeyError):
        missing = not Path(address).expanduser().exists() if address.startswith(("/", ".", "~")) else False
        why = "there is no such directory" if missing else last_line(asked.stderr)
        raise CannotRun(
            f"the template cannot be read at {address} ({why}); if it has moved, write its new address into "
            "_src_path of .copier-answers.yml and commit that"
        ) from None
