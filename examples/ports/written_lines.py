"""Count the lines a porter wrote: what the finished workspace has and the started one had not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


HOW = (
    "Lines that the finished file has and the started one had not, without blank lines and comments. "
    "What `make modular` generates does not count, and of rules.py only what `make rules` did not propose."
)
RULES = "conversion/rules.py"
COUNTED = ("src/", "tests/models/", "docs/", "original/adapter.py", RULES)
PLAIN = ("--no-color", "--no-renames", "--patience")  # patient: a function that stays is not a line of it that came
LIMITS = {"modular": 75, "adapter": 40}


@dataclass(frozen=True)
class File:
    """A file and how many of its lines were written by hand; `limit` is the most that is allowed, 0 for any."""

    path: str
    lines: int
    limit: int = 0


def count(workspace: Path) -> list[File]:
    """The files of a workspace, whose first commit is what `make start` left, that hold lines written by hand."""
    written: dict[str, list[str]] = {}
    generated = _generated(workspace)
    for path, line in _added(workspace):
        if path.startswith(COUNTED) and path not in generated:
            written.setdefault(path, []).append(line)
    if RULES in written:
        proposed = {line.strip() for line in _formatted(workspace / "conversion" / "proposed_rules.py")}
        written[RULES] = [line for line in written[RULES] if line not in proposed]
    return [File(path, len(lines), _limit(path)) for path, lines in sorted(written.items())]


def _added(workspace: Path) -> Iterator[tuple[str, str]]:
    """(path, line) for each added line that is neither blank nor a comment."""
    subprocess.run(["git", "add", "--all"], cwd=workspace, check=True)
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", "diff", "--cached", "--unified=0", *PLAIN, "HEAD"],
        cwd=workspace,
        stdout=subprocess.PIPE,
        check=True,
    )
    path = ""
    for line in done.stdout.decode().split("\n"):
        if line.startswith("+++ "):
            path = line.removeprefix("+++ b/")
        elif line.startswith("+") and (text := line[1:].strip()) and not text.startswith("#"):
            yield path, text


def _generated(workspace: Path) -> set[str]:
    """The files that were made from a modular file; nobody edits them."""
    record = json.loads((workspace / ".modular.json").read_text(encoding="utf-8"))
    return {path for modular in record["modular_files"].values() for path in modular["generated"]}


def _formatted(path: Path) -> list[str]:
    """The lines of a file as `make style` would leave them."""
    black = [sys.executable, "-m", "black", "--quiet", "--line-length", "119", "-"]
    done = subprocess.run(black, input=path.read_bytes(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


def _limit(path: str) -> int:
    return next((limit for name, limit in LIMITS.items() if Path(path).name.startswith(name)), 0)
