"""Format the port with black and isort, at the versions of requirements.txt."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    files = [path.relative_to(workspace.root) for path in python_files(workspace)]
    workspace.reports.mkdir(exist_ok=True)
    try:
        # Copies, because black truncates a file before it writes it: a full disk would take the porter's code.
        with tempfile.TemporaryDirectory(prefix="style-", dir=workspace.reports) as folder:
            for file in files:
                (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(workspace.root / file, Path(folder) / file)
            for tool in ("isort", "black"):
                format_all(tool, Path(folder), files, workspace)
            for file in files:
                if (Path(folder) / file).read_bytes() != (workspace.root / file).read_bytes():
                    (Path(folder) / file).replace(workspace.root / file)
    except OSError as error:
        raise CannotRun(f"the files could not be formatted: {error.strerror}; none is half-written") from None
    print(f"{len(files)} files formatted")


def format_all(tool: str, folder: Path, files: list[Path], workspace: Workspace) -> None:
    """Run black or isort on copies of `files` in `folder`. Raises CannotRun with the last line it printed."""
    done = subprocess.run(
        [sys.executable, "-m", tool, "--quiet", *(folder / file for file in files)],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise CannotRun(f"{tool} did not run: {last_line(done.stdout).replace(f'{folder}/', '')}")


def python_files(workspace: Workspace) -> list[Path]:
    """The Python files that belong to the port, by name: never a directory the porter may keep other files in."""
    candidates = [
        *sorted(workspace.model_dir.glob("*.py")),
        *sorted(workspace.test_dir.glob("*.py")),
        *(workspace.root / "original" / name for name in ("adapter.py", "standin.py", "standin_tokenizer.py")),
        workspace.root / "conversion" / "rules.py",
    ]
    return [path for path in candidates if path.is_file()]
