"""Format the port with black and isort, at the versions of requirements.txt."""

import argparse
import subprocess
import sys

from porting.errors import CannotRun
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    files = [str(path.relative_to(workspace.root)) for path in python_files(workspace)]
    for tool in ("isort", "black"):
        done = subprocess.run(
            [sys.executable, "-m", tool, "--quiet", *files],
            cwd=workspace.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode:
            last_line = (done.stdout.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
            raise CannotRun(f"{tool} did not run: {last_line}")
    print(f"{len(files)} files formatted")


def python_files(workspace: Workspace) -> list:
    """The Python files that belong to the port, by name: never a directory the porter may keep other files in."""
    candidates = [
        *sorted(workspace.model_dir.glob("*.py")),
        *sorted(workspace.test_dir.glob("*.py")),
        workspace.root / "original" / "adapter.py",
        workspace.root / "original" / "standin.py",
        workspace.root / "conversion" / "rules.py",
    ]
    return [path for path in candidates if path.is_file()]
