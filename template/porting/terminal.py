"""What commands say on a terminal: signs it may not have, and progress where somebody watches."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


def allow_any_sign() -> None:
    """A console that cannot show a sign shows ? for it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


@contextlib.contextmanager
def progress_of_bytes(nbytes: int) -> Iterator[Callable[[int], None]]:
    """A function to be told how many bytes were done; of `nbytes` in all. Draws nothing into a log."""
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with _progress(*columns) as bar:
        task = bar.add_task("", total=nbytes)
        yield lambda done: bar.update(task, advance=done)


@contextlib.contextmanager
def progress_of_steps(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A function to be called after each of `total` steps. A log says once what is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    if not sys.stderr.isatty():
        print(f"{what} ...", file=sys.stderr, flush=True)
    with _progress(*columns) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _progress(*columns) -> Progress:
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
