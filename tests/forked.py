"""One model after the other, each in a child of a process that has imported much: its crash or silence is an answer too."""

import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.pool import ThreadPool
from pathlib import Path


SECONDS = 300


def each_in_child(
    names: Iterable[str], attempt: Callable[[str, Path], dict], died: dict, jobs: int
) -> Iterator[tuple[str, dict]]:
    """(name, its line) as they come. `attempt` gets the name and an empty folder; `died` is the line of one that ended
    without an answer, but for its reason."""
    # Threads only wait; each forks a child of its own.
    with ThreadPool(jobs) as pool:
        yield from pool.imap_unordered(lambda name: (name, _in_child(name, attempt, died)), names)


def _in_child(name: str, attempt: Callable[[str, Path], dict], died: dict) -> dict:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="forked-") as folder:
        answer = Path(folder, "answer.json")
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            with open(os.devnull, "w") as nowhere:
                os.dup2(nowhere.fileno(), 1)
                os.dup2(nowhere.fileno(), 2)
            scratch = Path(folder, "scratch")
            scratch.mkdir()
            answer.write_text(json.dumps(attempt(name, scratch)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        line = json.loads(answer.read_text()) if answer.is_file() else died | {"reason": f"died: {status}"}
    return line | {"seconds": round(time.monotonic() - began, 1)}


def lines_of(report: Path, **same: object) -> dict[str, dict]:
    """Model -> its line of a report, of the lines that have these values; none where there is no report yet."""
    if not report.is_file():
        return {}
    rows = map(json.loads, report.read_text().splitlines())
    return {row["model"]: row for row in rows if all(row[name] == value for name, value in same.items())}
