"""Start `make parity` in several processes with torchrun, and bring back one verdict."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from porting.errors import CannotRun, CheckFailed
from porting.parity.spread import is_first


OUTCOME = "PORTING_PARITY_OUTCOME"


def run_in(processes: int, arguments: list[str], root: Path) -> None:
    """Run `make parity` with `arguments` in that many processes; raises what the first of them raised."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        outcome = Path(folder) / "outcome.json"
        threads = max(1, (os.cpu_count() or 1) // processes)
        environment = {"OMP_NUM_THREADS": str(threads), **os.environ, OUTCOME: str(outcome)}
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command = [sys.executable, *launcher, "-m", "porting", "parity", *arguments]
        done = subprocess.run(command, cwd=root, env=environment, check=False)
        if done.returncode or not outcome.is_file():
            raise CannotRun(f"one of {processes} processes ended early (its words are above); try `make parity` alone")
        told = json.loads(outcome.read_text(encoding="utf-8"))
    if told["raised"]:
        raise {"CheckFailed": CheckFailed, "CannotRun": CannotRun}[told["raised"]](told["message"])


def answer(run) -> None:
    """Call `run` in a process that torchrun started; its verdict goes to the one that started torchrun, if one did."""
    raised = None
    try:
        run()
    except (CheckFailed, CannotRun) as error:
        raised = error
    if not is_first():
        return
    outcome = os.environ.get(OUTCOME)
    if outcome:
        content = {"raised": type(raised).__name__ if raised else "", "message": str(raised or "")}
        Path(outcome).write_text(json.dumps(content), encoding="utf-8")
    elif raised:
        raise raised
