"""Check what a reviewer's machine checks first: format, lint and upstream's model rules. Changes nothing."""

import argparse
import subprocess
import sys

from porting.errors import CannotRun, CheckFailed
from porting.reports import write_report
from porting.style import python_files
from porting.workspace import here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    files = [str(path.relative_to(workspace.root)) for path in python_files(workspace)]
    landing = [str(path.relative_to(workspace.root)) for path in (workspace.model_dir, workspace.test_dir)]
    checks = {
        "isort": ["isort", "--check-only", "--diff", *files],
        "black": ["black", "--check", "--diff", "--quiet", *files],
        "ruff": ["ruff", "check", "--quiet", *files],
        "mlinter": ["mlinter", "--no-progress", "--no-cache", *landing],
    }
    results = {}
    for name, (module, *rest) in checks.items():
        done = subprocess.run(
            [sys.executable, "-m", module, *rest], cwd=workspace.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output = done.stdout.decode(errors="replace").strip()
        if f"No module named {module}" in output:
            raise CannotRun(f"{sys.executable} has no module {module!r}; run `make setup`")
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
