"""Show the nearest models on a terminal of 80 columns."""

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from porting.workspace import Workspace


_SHOWN = 5


def show(report: dict, workspace: Workspace | None) -> None:
    """Print the best rows, what is to say of the first, and what to do; without a workspace the answers to give."""
    console = Console(highlight=False, emoji=False)
    rows = report["rows"]
    lists = ", ".join(f"{each['count']} layers {each['names']}" for each in report["layers"][:3]) or "no list of layers"
    more = f" and {len(report['layers']) - 3} more lists" if len(report["layers"]) > 3 else ""
    console.print(escape(f"{report['weights']} weights; {lists}{more}"), soft_wrap=False)
    console.print(_table(rows))
    _first(console, rows[0])
    if report["parts"] and len(set(report["parts"].values())) > 1:
        said = ", ".join(f"{part} as in {model}" for part, model in report["parts"].items())
        _say(console, f"part by part: {said}")
    _say(console, f"weights cannot tell; read in the code: {'; '.join(report['read_in_the_code'])}")
    _next(console, report, workspace)


def _table(rows: list[dict]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("model")
    table.add_column("score", justify="right")
    table.add_column("settled", justify="right")
    table.add_column("what differs", no_wrap=True, overflow="ellipsis", ratio=1)
    for number, row in enumerate(rows[:_SHOWN], start=1):
        others = len(row["types"]) - 1
        name = escape(row["types"][0]) + (f" [dim]+ {others} alike[/]" if others else "")
        table.add_row(str(number), name, f"{row['score']:.3f}", f"{row['settled']:.0%}", escape(_difference(row)))
    return table


def _difference(row: dict) -> str:
    option = row["options"].get(row["types"][0])
    said = [*row["differs"], *(f"beyond it {name}" for name in row["beyond"]), *(f"lacks {n}" for n in row["lacks"])]
    return (f"with {option}; " if option else "") + (said[0] if said else "nothing in the layers")


def _first(console: Console, row: dict) -> None:
    name = row["types"][0]
    console.print()
    option = row["options"].get(name)
    console.print(f"[bold]1. {escape(name)}[/]" + (f" with {escape(option)}" if option else ""))
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
        console.print(escape(f"answers: -d base_architecture={report['kind']} -d base_model={name}"), soft_wrap=True)
        return
    started = workspace.answers.get("base_model") == name
    if started:
        console.print(escape(f"this port starts from {name}"))
    else:
        console.print(escape(f"to start from it: make start OVER=1 BASE={name}"), soft_wrap=True)
    console.print("a draft of convert_config: reports/nearest_config.py; all of it: reports/nearest.json")


def _say(console: Console, text: str) -> None:
    console.print(Padding(escape(text), (0, 0, 0, 3)))
