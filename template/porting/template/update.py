"""Bring the newest template into the port: checks that nothing can get lost, then `copier update`."""

import argparse
import subprocess
import sys

from porting.errors import CannotRun, CheckFailed
from porting.template import copier
from porting.template.committed import all_committed, git, git_environment
from porting.workspace import here


UNDO = "git reset -q . && git restore . && git clean -fd ."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"To take an update back, finished or not: {UNDO}"


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    all_committed(workspace.root)
    program = copier.command()
    found = copier.versions(workspace, program)
    if not found.newer:
        print(f"The template of this port is {found.current}, the newest: nothing to do.")
        return
    print(f"From template {found.current} to {found.newest}. To take it back, finished or not:\n  {UNDO}", flush=True)
    questions = "--skip-answered" if sys.stdin.isatty() else "--defaults"
    try:
        done = subprocess.run(
            [*program, "update", "--trust", "--quiet", questions], cwd=workspace.root, env=git_environment()
        )
    except KeyboardInterrupt:
        raise CannotRun(f"interrupted; what you had is in git: {UNDO}") from None
    if done.returncode:
        raise CannotRun(f"Copier stopped, for the reason above; what you had is in git: {UNDO}")
    if unmerged := git(workspace.root, "diff", "--name-only", "--diff-filter=U", "--relative").split("\n")[:-1]:
        raise CheckFailed(f"{found.newest} is merged but for conflicts in {', '.join(unmerged)}; see above")
    print(f"The port has template {found.newest} now; look at `git diff`, then commit it.")
