"""A progress bar with bytes and time left, where somebody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn


@contextmanager
def progress(nbytes: int) -> Iterator[Callable[[int], None]]:
    """A function to be told how many bytes were done; of `nbytes` in all. Draws nothing into a log."""
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=nbytes)
        yield lambda done: bar.update(task, advance=done)
