"""Show the nearest models on a terminal of 80 columns."""

import textwrap

from rich.console import Console
from rich.text import Text

from porting.workspace import Workspace


_SHOWN = 5


def show(report: dict, workspace: Workspace | None) -> None:
    """Print the best rows, what is to say of the first, and what to do; without a workspace the answers to give."""
    console = Console(highlight=False, emoji=False, markup=False)
    rows = report["rows"]
    lists = (
        ", ".join(f"{each['count']} layers {each['names']}" for each in report["layers"][:3]) or "no list of layers"
    )
    more = f" and {len(report['layers']) - 3} more lists" if len(report["layers"]) > 3 else ""
    console.print(f"{report['weights']} weights; {lists}{more}", soft_wrap=False)
    console.print()
    for number, line in enumerate(_lines(rows, console.width)):
        console.print(line, style="" if number else "dim", soft_wrap=True)
    _first(console, rows[0])
    if report["trace"]:
        said = f"by the classes in the trace ({', '.join(report['trace']['computes'])})"
        _say(console, f"{said}: {', '.join(report['trace']['types'])}")
    if report["parts"] and len(set(report["parts"].values())) > 1:
        said = ", ".join(f"{part} as in {model}" for part, model in report["parts"].items())
        _say(console, f"part by part: {said}")
    _say(console, f"weights cannot tell; read in the code: {'; '.join(report['read_in_the_code'])}")
    _next(console, report, workspace)


def _lines(rows: list[dict], width: int) -> list[str]:
    """A line for each of the first rows: name, score, share of weights that rules would settle, the first difference."""
    names = [row["types"][0] + (f" +{len(row['types']) - 1}" if row["types"][1:] else "") for row in rows[:_SHOWN]]
    longest = min(max(map(len, [*names, "model"])), 30)
    head = f"   {'model':{longest}}  score  settled  what differs"
    lines = [head]
    for number, (name, row) in enumerate(zip(names, rows), start=1):
        line = f"{number}  {name:{longest}}  {row['score']:.3f}  {row['settled']:7.0%}  {_difference(row)}"
        lines.append(line if len(line) <= width else line[: width - 1] + "…")
    return lines


def _difference(row: dict) -> str:
    option = row["options"].get(row["types"][0])
    said = [*row["differs"], *(f"beyond it {name}" for name in row["beyond"]), *(f"lacks {n}" for n in row["lacks"])]
    return (f"with {option}; " if option else "") + (said[0] if said else "nothing in the layers")


def _first(console: Console, row: dict) -> None:
    name = row["types"][0]
    console.print()
    option = row["options"].get(name)
    console.print(Text.assemble((f"1. {name}", "bold"), f" with {option}" if option else ""))
    if row["types"][1:]:
        _say(console, f"weights cannot tell it from {', '.join(row['types'][1:])}")
    if row["fits"]:
        _say(console, f"fits: {'; '.join(row['fits'])}")
    for title, lines in (("differs", row["differs"]), ("the original has", row["beyond"]), ("it lacks", row["lacks"])):
        if lines:
            _say(console, f"{title}: {'; '.join(lines)}")
    values = ", ".join(f"{field} {value}" for field, value in row["config"].items())
    _say(console, f"configuration: {values or 'nothing can be read off'}")
    if row["not_read"]:
        _say(console, f"not read off: {', '.join(row['not_read'])}")


def _next(console: Console, report: dict, workspace: Workspace | None) -> None:
    name = report["rows"][0]["types"][0]
    console.print()
    if workspace is None:
        console.print(f"Answers to give: -d base_architecture={report['kind']} -d base_model={name}", soft_wrap=True)
        return
    started = workspace.answers.get("base_model") == name
    console.print("Draft of convert_config: reports/nearest_config.py; the rest: nearest.json", soft_wrap=True)
    if started:
        console.print(f"This port starts from {name}")
    else:
        console.print(f"To start from it: make start OVER=1 BASE={name}", soft_wrap=True)


def _say(console: Console, text: str) -> None:
    for line in textwrap.wrap(text, console.width - 1, initial_indent="   ", subsequent_indent="   "):
        console.print(line, soft_wrap=True)
