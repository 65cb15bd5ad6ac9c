"""Bring the newest template into the port: checks that nothing can get lost, then `copier update`."""

import argparse
import subprocess
import sys
from pathlib import Path

from porting.errors import CannotRun, CheckFailed
from porting.template import copier
from porting.workspace import here


UNDO = "git restore --source=HEAD --staged --worktree . && git clean -fd ."


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
        done = subprocess.run([*program, "update", "--trust", "--quiet", questions], cwd=workspace.root)
    except KeyboardInterrupt:
        raise CannotRun(f"interrupted; what you had is in git: {UNDO}") from None
    if done.returncode:
        raise CannotRun(f"Copier stopped, for the reason above; what you had is in git: {UNDO}")
    if unmerged := git(workspace.root, "diff", "--name-only", "--diff-filter=U", "--relative").split("\n")[:-1]:
        raise CheckFailed(f"{found.newest} is merged but for conflicts in {', '.join(unmerged)}; see above")
    print(f"The port has template {found.newest} now; look at `git diff`, then commit it.")


def all_committed(root: Path) -> None:
    """Raises CannotRun unless git holds all of the workspace, for then an update can be taken back."""
    try:
        git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    except CannotRun:
        raise CannotRun(
            "an update needs the port in git, to merge and to be taken back; run `git init`, `git add --all` and "
            "`git commit`, then `make update` again"
        ) from None
    changed = git(root, "status", "--porcelain", "--", ".").split("\n")[:-1]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise CannotRun(f"{changed[0][3:]}{more} is not committed; commit or `git stash`, then `make update` again")


def git(root: Path, *arguments: str) -> str:
    """What git prints. Raises CannotRun if it fails or is missing."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise CannotRun("git is not installed, and Copier needs it for an update") from None
    if done.returncode:
        raise CannotRun(f"`git {' '.join(arguments)}` fails; see what it says")
    return done.stdout.decode(errors="replace")
