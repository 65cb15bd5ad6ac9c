"""Format the port: black and isort for what stays in the workspace, upstream's ruff for what lands there."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from porting.errors import CannotRun, last_line
from porting.modular.formatting import require, ruff
from porting.modular.freshness import ensure_expanded
from porting.modular.stamp import read_stamp
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    require(formatters())
    stay, land = staying(workspace), landing(workspace)
    generated = {path for entry in read_stamp(workspace.root).entries.values() for path in entry.generated}
    land = [path for path in land if path.relative_to(workspace.root).as_posix() not in generated]
    files = [path.relative_to(workspace.root) for path in (*stay, *land)]
    workspace.reports.mkdir(exist_ok=True)
    try:
        # Copies, because black truncates a file before it writes it: a full disk would take the porter's code.
        with tempfile.TemporaryDirectory(prefix="style-", dir=workspace.reports) as folder:
            for file in files:
                (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(workspace.root / file, Path(folder) / file)
            for command, those in (
                ([sys.executable, "-m", "isort", "--quiet"], stay),
                ([sys.executable, "-m", "black", "--quiet"], stay),
                (ruff("check", "--fix-only", "--exit-zero", "--quiet"), land),
                (ruff("format"), land),
            ):
                format_all(command, Path(folder), [path.relative_to(workspace.root) for path in those], workspace)
            for file in files:
                if (Path(folder) / file).read_bytes() != (workspace.root / file).read_bytes():
                    (Path(folder) / file).replace(workspace.root / file)
    except OSError as error:
        raise CannotRun(f"the files could not be formatted: {error.strerror}; none is half-written") from None
    print(f"{len(files)} files formatted", flush=True)
    ensure_expanded(workspace)  # last: a modular file may be formatted otherwise now


def format_all(command: list[str], folder: Path, files: list[Path], workspace: Workspace) -> None:
    """Run a formatter on copies of `files` in `folder`. Raises CannotRun with the last line it printed."""
    if not files:
        return
    done = subprocess.run(
        [*command, *(folder / file for file in files)],
        cwd=workspace.root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise CannotRun(f"{command[2]} did not run: {last_line(done.stderr).replace(f'{folder}/', '')}")


def formatters() -> dict[str, str]:
    """The formatters of a workspace and their one version, from its requirements: what CI and every other clone have."""
    lines = Path(__file__).resolve().parents[1].joinpath("requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.strip().split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name: pins[name] for name in ("black", "isort", "ruff")}


def landing(workspace: Workspace) -> list[Path]:
    """The Python files of the port that land upstream, by name: never a directory the porter may keep other files in."""
    return [*sorted(workspace.model_dir.glob("*.py")), *sorted(workspace.test_dir.glob("*.py"))]


def staying(workspace: Workspace) -> list[Path]:
    """The porter's Python files that stay in the workspace."""
    names = ("original/adapter.py", "original/standin.py", "original/standin_tokenizer.py", "conversion/rules.py")
    return [workspace.root / name for name in names if (workspace.root / name).is_file()]
