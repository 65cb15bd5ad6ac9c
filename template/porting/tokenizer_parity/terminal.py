"""Show on a terminal of 80 columns how many texts agree, and the first one that does not."""

from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from porting.tokenizer_parity.compare import Compared


SHOWN = 6  # tokens on either side of the first difference


def show_counts(console: Console, kinds: dict[str, dict]) -> None:
    """One row for each kind of text: how many there are, how many the original takes, how many have equal ids."""
    table = Table("texts", "", "refused", "equal", box=box.SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, counts in kinds.items():
        wrong = counts["equal"] < counts["texts"] - counts["refused"]
        equal = f"[red]{counts['equal']}[/]" if wrong else str(counts["equal"])
        table.add_row(escape(kind), str(counts["texts"]), str(counts["refused"] or ""), equal)
    console.print(table)


def show_difference(console: Console, first: Compared, pieces: Callable[[tuple[int, ...]], list[str]]) -> None:
    """The text, the place, and the ids and pieces of both sides around it."""
    text = first.text if len(first.text) <= 200 else f"{first.text[:200]}..."
    console.print(f"[bold red]1. {escape(first.kind)}[/]  {escape(repr(text))}", highlight=False)
    if first.failed:
        console.print(f"   the port raises {escape(first.failed)}", highlight=False)
        return
    console.print(f"   the ids differ from token {first.place} on, counted from 0", highlight=False)
    table = Table("", "token", "original", "", "port", "", box=None, padding=(0, 1))
    for place in range(max(0, first.place - 2), first.place + SHOWN):
        sides = [ids[place : place + 1] for ids in (first.original, first.port)]
        if any(sides):
            cells = [cell for ids in sides for cell in (str(*ids), escape(repr(*pieces(ids))) if ids else "")]
            table.add_row("✗" if sides[0] != sides[1] else "", str(place), *cells)
    console.print(table)
