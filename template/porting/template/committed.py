"""Whether git holds all of a workspace, also where git was told not to look: only then can an update be taken back.

Standard library only: `hooks/migrate.py` asks it too, for updates that Copier is asked for directly.
"""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from porting.errors import CannotRun


# Made by tools and made again by them; many files that no template brings.
_MADE_AGAIN = (".venv", "reports", "**/__pycache__/**")

# What Copier's git must not take from a porter's configuration: each could hide work from it, or break its merge.
_SETTINGS = {"status.showUntrackedFiles": "all", "core.ignoreStat": "false", "apply.whitespace": "nowarn"}


def all_committed(root: Path) -> None:
    """Raises CannotRun unless git holds all of the workspace."""
    try:
        git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    except CannotRun:
        raise CannotRun(
            "an update needs the port in git, to merge and to be taken back; run `git init`, `git add --all` and "
            "`git commit`, then update again"
        ) from None
    lines = git(root, "status", "--porcelain", "--untracked-files=all", "--", ".").split("\n")[:-1]
    if changed := [line[3:] for line in lines]:
        raise CannotRun(f"{_first(changed)} not committed; commit or `git stash`, then update again")
    if unseen := not_looked_at(root):
        name, flag = next(iter(unseen.items()))
        raise CannotRun(
            f"{_first(list(unseen))} marked for git not to look at ({flag}), so an update could lose changes there; "
            f"`git update-index --no-{flag} {name}`, commit, then update again"
        )


def not_looked_at(root: Path) -> dict[str, str]:
    """The files here that git takes for unchanged without looking, each with the mark that says so."""
    lines = git(root, "ls-files", "-v", "-z", "--", ".").split("\0")[:-1]
    marks = {
        line[2:]: "assume-unchanged" if line[0].islower() else "skip-worktree" for line in lines if line[0] not in "HM"
    }
    return {name: mark for name, mark in marks.items() if (root / name).exists()}


def ignored(root: Path) -> set[str]:
    """The files that git ignores, but for what the tools make; a repository within the workspace counts as one."""
    without = [f":(exclude,glob){name}" for name in (*_MADE_AGAIN, ".venv/**", "reports/**")]
    listed = git(root, "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", ".", *without)
    return {name.rstrip("/") for name in listed.split("\0")[:-1]}


def in_the_way(root: Path, fresh: Path, names: Iterable[str]) -> list[str]:
    """Which of the ignored `names` stand where the template brings other content; `fresh` is a render of it."""
    brought = {path.relative_to(fresh).as_posix() for path in fresh.rglob("*") if path.is_file()}
    folders = {parent.as_posix() for name in brought for parent in PurePosixPath(name).parents}
    found = []
    for name in sorted(names):
        if name in brought:
            same = (root / name).is_file() and (root / name).read_bytes() == (fresh / name).read_bytes()
            found += [] if same else [name]
        elif name in folders or not brought.isdisjoint(parent.as_posix() for parent in PurePosixPath(name).parents):
            found.append(name)
    return found


def refuse_in_the_way(names: list[str]) -> None:
    """Raises CannotRun if there are any."""
    if names:
        raise CannotRun(
            f"{_first(names)} ignored by git, and the template brings a file there; move it away, or "
            f"`git add --force {names[0]}` and commit, then update again"
        )


def git_environment() -> dict[str, str]:
    """The environment for a Copier whose git has the settings that an update relies on."""
    count = int(os.environ.get("GIT_CONFIG_COUNT", "0") or 0)
    environment = dict(os.environ)
    for number, (key, value) in enumerate(_SETTINGS.items(), start=count):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | {"GIT_CONFIG_COUNT": str(count + len(_SETTINGS))}


def git(root: Path, *arguments: str) -> str:
    """What git prints. Raises CannotRun if it fails or is missing."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        raise CannotRun("git is not installed, and Copier needs it for an update") from None
    if done.returncode:
        raise CannotRun(f"`git {' '.join(arguments)}` fails; see what it says")
    return done.stdout.decode(errors="replace")


def _first(names: list[str]) -> str:
    """The first name, how many more there are, and the verb for it."""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") + " is"
