"""Check what a reviewer's machine checks first: format, lint and upstream's model rules. Changes nothing."""

import argparse
import subprocess
import sys

from porting.errors import CannotRun, CheckFailed
from porting.modular.formatting import require, ruff
from porting.reports import write_report
from porting.style import formatters, landing, staying
from porting.workspace import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    require(formatters())
    stay, land = (
        [str(path.relative_to(workspace.root)) for path in paths] for paths in (staying(workspace), landing(workspace))
    )
    directories = [str(path.relative_to(workspace.root)) for path in (workspace.model_dir, workspace.test_dir)]
    python = [sys.executable, "-m"]
    checks = {
        "isort": [*python, "isort", "--check-only", "--diff", *stay],
        "black": [*python, "black", "--check", "--diff", "--quiet", *stay],
        "format": [*ruff("format", "--check", "--diff"), *land],
        "ruff": [*ruff("check", "--quiet"), *stay, *land],
        "mlinter": [*python, "mlinter", "--no-progress", "--no-cache", *directories],
    }
    if not stay:
        del checks["isort"], checks["black"]
    results = {}
    for name, command in checks.items():
        done = subprocess.run(command, cwd=workspace.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = done.stdout.decode(errors="replace").strip()
        if f"No module named {command[2]}" in output:
            raise CannotRun(f"{sys.executable} has no module {command[2]!r}; run `make setup`")
        results[name] = {"passed": done.returncode == 0, "output": output if done.returncode else ""}
        print(f"{name:8} {'ok' if done.returncode == 0 else 'FAILED'}")
        if done.returncode:
            print(output)
    failed = [name for name, result in results.items() if not result["passed"]]
    write_report(workspace.reports, "quality", {"passed": not failed, "checks": results})
    if failed:
        raise CheckFailed(
            f"{', '.join(failed)} found something; `make style` mends the format, the rest is named above"
        )
