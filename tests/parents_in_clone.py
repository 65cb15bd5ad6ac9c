"""Which common tests a fresh port skips that its parent's own test file runs, in a clone of Transformers.

    python tests/parents_in_clone.py CLONE REPORT.jsonl [--model MODEL ...]

Runs where the clone is installed, with its own test mixins for both. A line of the report is one parent: the tests that
ran in the parent's file and not in the port's, with the port's reason; one that stands there is not tried again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from forked import lines_of
from parents import PARENTS, port_of, render

from porting.base import table


SECONDS = 3600


def outcomes(xml: Path) -> dict[str, str]:
    """Name of a test -> "ran", "failed", or the reason why it was skipped; of several classes the one where it ran."""
    found: dict[str, str] = {}
    for case in ElementTree.parse(xml).iter("testcase"):
        name = case.get("name", "").split(" ")[0]
        said = "ran"
        for child in case:
            if child.tag == "skipped":
                said = (child.get("message") or "skipped").strip()
            elif child.tag in ("failure", "error"):
                said = "failed"
        if name not in found or said == "failed" or (said == "ran" and found[name] != "failed"):
            found[name] = said
    return found


def run(command: list[str], cwd: Path, clone: Path) -> None:
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "UPSTREAM": str(clone)}
    subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )


def attempt(model_type: str, workspace: Path, scratch: Path, clone: Path) -> dict:
    began = time.monotonic()
    port, own, theirs = scratch / f"port-{model_type}", scratch / "own.xml", scratch / "theirs.xml"
    port_of(model_type, workspace, port)
    run([sys.executable, "-m", "porting", "start"], port, clone)
    run([sys.executable, "-m", "porting", "test", f"--pytest=--junitxml={own}"], port, clone)
    module = table.find(model_type).module
    tests = clone / "tests" / "models" / module / f"test_modeling_{module}.py"
    run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={theirs}", str(tests)],
        clone,
        clone,
    )
    ours, parents = outcomes(own), outcomes(theirs)
    return {
        "model": model_type,
        "ran": sum(said == "ran" for said in ours.values()),
        "failed": sorted(name for name, said in ours.items() if said == "failed"),
        "failed_for_the_parent": sorted(name for name, said in parents.items() if said == "failed"),
        "skipped_here_only": {
            name: said
            for name, said in sorted(ours.items())
            if said not in ("ran", "failed") and parents.get(name) == "ran"
        },
        "seconds": round(time.monotonic() - began),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--model", action="append")
    arguments = parser.parse_args()
    done = lines_of(arguments.report)
    with tempfile.TemporaryDirectory(prefix="parents-") as folder:
        workspace = render(Path(folder))
        for name in arguments.model or PARENTS:
            if name in done:
                continue
            line = attempt(name, workspace, Path(folder), arguments.clone.resolve())
            with arguments.report.open("a") as report:
                report.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
