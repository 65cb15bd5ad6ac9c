"""Progress of long work on the terminal; where it goes to a file, a line now and then."""

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def shown(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show `what`, and how many of `total` steps are done: call what this yields after each."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        print(f"{what} ...", file=sys.stderr, flush=True)
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
