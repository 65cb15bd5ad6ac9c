"""Show what is done, what is next and what is still to fill.

The boxes are those of GUIDE.md; a tick there is a person's word, and is reported as that.
"""

import argparse
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text

from porting.changed_rules import findings
from porting.guide import Block, Guide, Todo, read_guide
from porting.modular.freshness import state_lines
from porting.releases import untested_installed
from porting.reports import write_report
from porting.terminal import allow_any_sign
from porting.workspace import Workspace, here


SCHEMA = 1
STANDIN_PROVES = "What is converted and compared with it proves names and layouts only."
_FILL = re.compile(r"(?:#|//|<!--)\s*FILL:\s*(?P<what>.*?)\s*(?:-->.*|\\n\".*)?$")
_LARGEST_TEXT = 1_000_000  # bytes; what is larger is data
_NO_TEXT = {".safetensors", ".npz", ".npy", ".pt", ".bin", ".pyc", ".png", ".model"}


@dataclass(frozen=True)
class Place:
    """A place the porter still has to fill; `path` is relative to the workspace."""

    path: str
    line: int
    what: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "The same is written to reports/status.json."


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    guide = read_guide(workspace.root / "GUIDE.md")
    places = unfilled(workspace)
    write_report(workspace.reports, "status", summary(workspace, guide, places, date.today()))
    allow_any_sign()
    console = Console(highlight=False, markup=False, emoji=False)
    show(workspace, guide, places, date.today(), console)
    for line in state_lines(workspace):
        _say(console, line, hang=2, style="yellow")


def unfilled(workspace: Workspace) -> list[Place]:
    """Every `FILL:` comment in the porter's own files, by path and line."""
    places = []
    for path in _files(workspace.owned_paths):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
            if match := _FILL.search(line):
                what = re.split(r"(?<=[.;]) (?=[A-Z])", match["what"])[0].rstrip(".")
                places.append(Place(path.relative_to(workspace.root).as_posix(), number, what))
    return places


def _files(roots: list[Path]):
    for root in roots:
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            hidden = any(part.startswith((".", "__pycache__")) for part in path.relative_to(root.parent).parts)
            if path.is_file() and not hidden and path.suffix not in _NO_TEXT and path.stat().st_size < _LARGEST_TEXT:
                yield path


def next_todo(guide: Guide) -> Todo | None:
    """The first open box of the template's list, or None when all are ticked."""
    return next((todo for todo in guide.todos if todo.id and not todo.done), None)


def next_command(guide: Guide, todo: Todo) -> Block | None:
    """The command that ends the last step a box links to, or None if the guide names none (any more)."""
    sections = [guide.section(anchor) for anchor in todo.anchors]
    commands = [section.last_command for section in sections if section and section.last_command]
    return commands[-1] if commands else None


def days_left(workspace: Workspace, today: date) -> int | None:
    """Days from `today` to the end date, negative once it has passed; None if the answer is not a date."""
    try:
        return (date.fromisoformat(str(workspace.answers.get("end_date"))) - today).days
    except ValueError:
        return None


def summary(workspace: Workspace, guide: Guide, places: list[Place], today: date) -> dict:
    """The content of reports/status.json. `ticked_by` is "hand" or null: no box has other evidence yet.

    `nearest` are the models of the first row of `make nearest`. `transformers` is what there is to say of the installed
    release, null if it is one of those tested. `stand_in` says whether the original is still to come.
    """
    following = next_todo(guide)
    command = following and next_command(guide, following)
    return {
        "schema": SCHEMA,
        "model_type": workspace.model_type,
        "end_date": str(workspace.answers.get("end_date")),
        "days_left": days_left(workspace, today),
        "todos": [
            {"id": todo.id, "text": todo.text, "done": todo.done, "ticked_by": "hand" if todo.done else None}
            for todo in guide.todos
        ],
        "missing_todos": guide.missing_todos,
        "next": following and {"id": following.id, "command": command.code.strip() if command else None},
        "stand_in": workspace.has_standin,
        "unfilled": [asdict(place) for place in places],
        "to_change": [asdict(finding) for finding in findings(workspace.root)],
        "nearest": nearest_models(workspace),
        "transformers": untested_installed(),
        "slots": [{"name": slot.name, "line": slot.line, "confirmed": slot.confirmed} for slot in guide.slots],
    }


def nearest_models(workspace: Workspace) -> list[str]:
    """The models of the first row that `make nearest` found; none where it has not run, or its report is unreadable."""
    try:
        rows = json.loads((workspace.reports / "nearest.json").read_text(encoding="utf-8"))["rows"]
        return [str(name) for name in rows[0]["types"]]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return []


def show(workspace: Workspace, guide: Guide, places: list[Place], today: date, console: Console) -> None:
    done = sum(todo.done for todo in guide.todos)
    _say(console, f"{workspace.class_prefix}: {done} of {len(guide.todos)} done{_deadline(workspace, today)}")
    console.print()
    for todo in guide.todos:
        box = f"[x] {todo.text} (ticked by hand)" if todo.done else f"[ ] {todo.text}"
        _say(console, box, indent=2, hang=4, style="green" if todo.done else "")
    if guide.missing_todos:
        _say(console, f"No longer in the list of GUIDE.md: {', '.join(guide.missing_todos)}", indent=2, style="yellow")
    console.print()
    _show_next(guide, console)
    console.print()
    if workspace.has_standin:
        _say(console, f"Original: a stand-in so far. {STANDIN_PROVES}", hang=2)
        console.print()
    if nearest := nearest_models(workspace):
        alike = f" and {len(nearest) - 1} alike" if nearest[1:] else ""
        started = workspace.answers.get("base_model")
        text = f"Nearest model by its weights: {nearest[0]}{alike}; started from {started} (make nearest)"
        _say(console, text, hang=2)
        console.print()
    _show_unfilled(places, console)
    _show_to_change(workspace, console)
    _show_untested(console)
    _show_slots(guide, console)


def _show_next(guide: Guide, console: Console) -> None:
    todo = next_todo(guide)
    if todo is None:
        _say(console, "Next: nothing; every box is ticked.")
        return
    _say(console, f"Next: {todo.text}", hang=6, style="bold")
    if titles := [section.title for anchor in todo.anchors if (section := guide.section(anchor))]:
        _say(console, f"in GUIDE.md: {'; '.join(titles)}", indent=6, hang=2)
    if command := next_command(guide, todo):
        _say(console, "ends with this Python:" if command.language == "python" else "ends with:", 6)
        for line in command.code.strip().split("\n"):
            _say(console, line, indent=8, hang=2, style="bold")


def _show_unfilled(places: list[Place], console: Console) -> None:
    if not places:
        _say(console, "To fill in the port's files: nothing left")
        return
    _say(console, f"To fill in the port's files: {len(places)}")
    for place in places:
        _say(console, f"{place.path}:{place.line}", indent=2)
        _say(console, place.what, indent=6, style="dim")


def _show_to_change(workspace: Workspace, console: Console) -> None:
    if found := findings(workspace.root):
        console.print()
        _say(console, f"Transformers asks for more than when the port was rendered; to change: {len(found)}")
    for finding in found:
        _say(console, f"{finding.path}:{finding.line}", indent=2)
        _say(console, finding.what, indent=6, style="dim")


def _show_untested(console: Console) -> None:
    if said := untested_installed():
        console.print()
        _say(console, said, hang=2, style="yellow")


def _show_slots(guide: Guide, console: Console) -> None:
    if waiting := [f"{slot.name} ({slot.line})" for slot in guide.slots if not slot.confirmed]:
        console.print()
        _say(console, f"Teacher's places in GUIDE.md not confirmed yet, with their line: {len(waiting)}")
        _say(console, ", ".join(waiting), indent=2, style="dim")


def _deadline(workspace: Workspace, today: date) -> str:
    days = days_left(workspace, today)
    if days is None:
        return ""
    end = workspace.answers["end_date"]
    return f", {days} days left (until {end})" if days >= 0 else f", {-days} days past its end ({end})"


def _say(console: Console, text: str, indent: int = 0, hang: int = 0, style: str = "") -> None:
    """Print `text` wrapped to the console, `indent` columns in, its later lines `hang` columns further."""
    lines = Text(text).wrap(console, console.width - indent - hang)
    for number, line in enumerate(lines):
        console.print((" " * (indent + hang * bool(number)) + line.plain).rstrip(), style=style)
