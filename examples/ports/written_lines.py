"""Count the lines a porter wrote: what the finished workspace has and the rendered one had not."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


HOW = (
    "Lines that the finished file has and the rendered one had not, without blank lines and comments. "
    "Of rules.py only what `make rules` did not propose."
)
RULES = "conversion/rules.py"
COUNTED = ("src/", "tests/", "docs/", "original/adapter.py", RULES)
LIMITS = {"modeling": 60, "adapter": 40}


@dataclass(frozen=True)
class File:
    """A file and how many of its lines were written by hand; `limit` is the most that is allowed, 0 for any."""

    path: str
    lines: int
    limit: int = 0


def count(workspace: Path) -> list[File]:
    """The files of a workspace, whose first commit is the render, that hold lines written by hand."""
    written: dict[str, list[str]] = {}
    for path, line in _added(workspace):
        if path.startswith(COUNTED):
            written.setdefault(path, []).append(line)
    proposed = workspace / "conversion" / "proposed_rules.py"
    known = {_normal(line) for line in proposed.read_text(encoding="utf-8").splitlines()}
    if RULES in written:
        written[RULES] = [line for line in written[RULES] if _normal(line) not in known]
    return [File(path, len(lines), _limit(path)) for path, lines in sorted(written.items())]


def _added(workspace: Path) -> Iterator[tuple[str, str]]:
    """(path, line) for each added line that is neither blank nor a comment."""
    subprocess.run(["git", "add", "--all"], cwd=workspace, check=True)
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", "diff", "--cached", "--unified=0", "--no-color", "--no-renames", "HEAD"],
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


def _normal(line: str) -> str:
    """A line as the formatter leaves it or not: without spaces and a comma at its end."""
    return re.sub(r"\s+", "", line).rstrip(",")


def _limit(path: str) -> int:
    return next((limit for name, limit in LIMITS.items() if Path(path).name.startswith(name)), 0)
