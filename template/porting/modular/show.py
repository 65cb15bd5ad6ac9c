"""Show what an expansion changes: a unified difference, bounded on the screen and whole under `reports/`."""

import difflib
import re
from pathlib import Path

from porting.modular.plan import Expansion, File
from porting.terminal import allow_any_sign
from porting.workspace import Workspace


DIFFERENCE = "modular.diff"
_SCREEN = 80  # lines of a difference; the whole one is in the report
_STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def difference(path: str, before: bytes | None, after: bytes | None, labels=("committed", "generated")) -> list[str]:
    """The unified difference of two versions of a file, as lines without their ends."""
    old, new = (text.decode(errors="replace").split("\n") if text is not None else [] for text in (before, after))
    names = [f"{path} ({label})" for label in labels]
    return list(difflib.unified_diff(old, new, *names, lineterm=""))


def counts(lines: list[str]) -> tuple[int, int]:
    """How many lines a unified difference adds and removes."""
    body = [line for line in lines if not line.startswith(("+++ ", "--- "))]
    return sum(line.startswith("+") for line in body), sum(line.startswith("-") for line in body)


def write_difference(workspace: Workspace, expansions: list[Expansion]) -> list[str]:
    """Write the whole difference of the expansions to the report; returns its lines. No difference, no report."""
    lines = [line for file in changed(expansions) for line in difference(file.path, file.before, file.after)]
    write_lines(workspace.reports / DIFFERENCE, lines)
    return lines


def write_lines(report: Path, lines: list[str]) -> None:
    """Write a report of lines; none of them, and an older report goes."""
    if lines:
        report.parent.mkdir(exist_ok=True)
        report.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    else:
        report.unlink(missing_ok=True)


def changed(expansions: list[Expansion]) -> list[File]:
    """The files that would be written or removed."""
    return [file for expansion in expansions for file in expansion.files if not file.same]


def print_lines(lines: list[str], whole: str, most: int = _SCREEN) -> None:
    """Print a difference, coloured on a terminal; of a long one the beginning, and where the `whole` is."""
    from rich.console import Console
    from rich.text import Text

    allow_any_sign()
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for line in lines[:most]:
        plain = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "?", line)
        style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
        console.print(Text(plain, style=style))
    if len(lines) > most:
        print(f"... {len(lines) - most} more lines in {whole}")
