"""Port a real model again, from end to end, and print what it took.

    nox -s ports -- esm2                                           everything, environments included
    python examples/ports/run.py esm2 --original-python PATH       with environments that are there

Renders the workspace, adds what was written by hand, and runs the targets a porter runs. The workspace stays in
`demo/ports/<name>` for a look. Exit code 0: every step passed; 1: one did not, its words are shown; 2: the port could
not be put together.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import written_lines
from rich import box
from rich.console import Console
from rich.table import Table


PORTS = Path(__file__).resolve().parent
REPOSITORY = PORTS.parents[1]

# A file of the port -> where it goes in the workspace.
COPIED = {
    "adapter.py": "original/adapter.py",
    "make_small.py": "original/make_small.py",
    "rules.py": "conversion/rules.py",
}

# What the guide's step 9 says: the port's tokenizer, from the files of the original's. There the environment has the
# port mounted; here nothing is left in it.
SAVE_TOKENIZER = """
import sys
from porting import mount
mount.install(".")
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES, tokenizer_class_from_name
tokenizer_class = tokenizer_class_from_name(TOKENIZER_MAPPING_NAMES[sys.argv[1]])
tokenizer_class.from_pretrained("original-tokenizer").save_pretrained("converted")
"""


class Stopped(Exception):
    """A step failed: what it was and what it said. `code` is the exit code."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        self.code = code


@dataclass
class Port:
    """One directory of `examples/ports`, the workspace it is put into, and what has been measured so far."""

    source: Path
    workspace: Path
    original_python: str
    steps: list[dict] = field(default_factory=list)

    @property
    def model_type(self) -> str:
        return next(path.name for path in (self.workspace / "src/transformers/models").iterdir() if path.is_dir())

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Time a step; the list it gives takes what the table should say of it."""
        print(f"{name} ...", flush=True)
        started, said = time.monotonic(), []
        yield said
        self.steps.append({"step": name, "seconds": round(time.monotonic() - started, 1), "result": "; ".join(said)})

    def run(self, *command: str | Path, expect: int = 0, code: int = 1) -> str:
        """Run a command in the workspace and return its output. Raises Stopped if it does not end as expected."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=self.workspace,
            env=os.environ | {"ORIGINAL_PYTHON": self.original_python},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output = done.stdout.decode(errors="replace")
        if done.returncode != expect:
            shown = " ".join(str(part) for part in command)
            raise Stopped(f"{output}\n{shown}: exit code {done.returncode}, expected {expect}", code)
        return output

    def make(self, *arguments: str) -> str:
        return self.run("make", "--no-print-directory", f"PYTHON={sys.executable}", *arguments)

    def git(self, *arguments: str | Path) -> str:
        identity = ["-c", "user.name=porter", "-c", "user.email=porter@port-template.invalid"]
        return self.run("git", *identity, *arguments, code=2)

    def report(self, name: str) -> dict:
        return json.loads((self.workspace / "reports" / f"{name}.json").read_text(encoding="utf-8"))


def assemble(port: Port) -> None:
    """Render, start from the parent, commit, and add what was written by hand."""
    with port.step("render"):
        shutil.rmtree(port.workspace, ignore_errors=True)
        port.workspace.mkdir(parents=True)
        copy = ["copy", "--defaults", "--quiet", "--skip-tasks", "--vcs-ref", "HEAD"]
        answers = port.source / "answers.yml"
        port.run(sys.executable, "-m", "copier", *copy, "--data-file", answers, REPOSITORY, ".", code=2)
    with port.step("make start style") as said:
        said.append(port.make("start").split(";")[0])
        port.make("style")
        port.git("init", "--quiet")
        port.git("add", "--all")
        port.git("commit", "--quiet", "--message", "The workspace as it was started")
    with port.step("add what was written by hand"):
        port.git("apply", port.source / "changes.patch")
        for name, place in COPIED.items():
            if (port.source / name).is_file():
                shutil.copyfile(port.source / name, port.workspace / place)
    with port.step("make modular") as said:
        said.extend(" ".join(line.split()) for line in port.make("modular").splitlines())
    with port.step("small files in the original's format"):
        port.run(port.original_python, "original/make_small.py")


def convert(port: Port) -> None:
    with port.step("make trace") as said:
        port.make("trace")
        trace = port.report("trace")
        calls = sum(len(batch["calls"]) for batch in trace["batches"].values())
        said.append(f"{calls} calls of {len(trace['modules'])} modules")
    with port.step("make rules") as said:
        said.append(port.make("rules").splitlines()[0])
    with port.step("make convert") as said:
        port.make("convert")
        report = port.report("convert")
        said.append(f"{len(report['weights'])} weights, nothing missing or unused, {len(report['dropped'])} dropped")
    with port.step("make convert BACK=1"):
        port.make("convert", "BACK=1")


def compare(port: Port) -> None:
    if (port.source / "fault.patch").is_file():  # first, so that the reports that stay are those of the sound port
        _compare_broken(port)
    with port.step("make parity") as said:
        port.make("parity")
        report = port.report("parity")
        covered = report["coverage"]
        said.append(f"outputs differ by {report['max_abs_diff']:.1e}, {len(report['findings'])} findings")
        said.append(f"{covered['aligned']} of {covered['modules']} modules compared")
    with port.step("make tokenizer-parity") as said:
        port.run(sys.executable, "-c", SAVE_TOKENIZER, port.model_type)
        port.make("tokenizer-parity")
        report = port.report("tokenizer-parity")
        said.append(f"{report['equal']} of {report['compared']} texts have equal ids")


def _compare_broken(port: Port) -> None:
    """With one line wrong, parity has to name the module and the cause that stand on top of `fault.patch`."""
    fault = port.source / "fault.patch"
    expected = dict(re.findall(r"^(module|cause): (\S+)$", fault.read_text(encoding="utf-8"), flags=re.MULTILINE))
    with port.step("make parity, with one line wrong") as said:
        port.git("apply", fault)
        port.run(sys.executable, "-m", "porting", "parity", expect=1)  # make itself ends with 2 for any failure
        port.git("apply", "--reverse", fault)
        first = (port.report("parity")["findings"] or [{"port_module": "nothing", "kind": "no cause"}])[0]
        if (first["port_module"], first["kind"]) != (expected["module"], expected["cause"]):
            raise Stopped(f"parity named {first['port_module']}, {first['kind']}; {fault.name} expects {expected}")
        said.append(f"named: {first['port_module']}, {first['kind']}")


def check(port: Port) -> None:
    with port.step("make test") as said:
        port.make("test")
        report = port.report("test")
        said.append(f"{report['counts']['passed']} passed, {report['counts']['skipped']} skipped")
        said.append(f"Transformers {report['transformers']}")
    with port.step("make quality"):
        port.make("quality")


def show(port: Port, lines: list[written_lines.File]) -> None:
    console = Console(width=100)
    steps = Table(
        "step", "seconds", "result", box=box.SIMPLE, title=f"{port.source.name}: steps", title_justify="left"
    )
    steps.columns[1].justify = "right"
    for step in port.steps:
        steps.add_row(step["step"], f"{step['seconds']:.1f}", step["result"])
    steps.add_row("in all", f"{sum(step['seconds'] for step in port.steps):.1f}", "")
    written = Table("file", "lines", "at most", box=box.SIMPLE, title="written by hand", title_justify="left")
    written.columns[1].justify = written.columns[2].justify = "right"
    for file in lines:
        written.add_row(file.path, str(file.lines), str(file.limit or ""))
    console.print(steps)
    console.print(written)
    console.print(written_lines.HOW, style="dim")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(path.parent.name for path in PORTS.glob("*/answers.yml")))
    parser.add_argument("--original-python", required=True, help="interpreter of the original's environment")
    parser.add_argument("--workspace", type=Path, help="made anew (default: demo/ports/<name>)")
    arguments = parser.parse_args(argv)
    workspace = arguments.workspace or REPOSITORY / "demo" / "ports" / arguments.name
    port = Port(PORTS / arguments.name, workspace.resolve(), arguments.original_python)
    try:
        for part in (assemble, convert, compare, check):
            part(port)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return stopped.code
    lines = written_lines.count(port.workspace)
    show(port, lines)
    result = {"steps": port.steps, "lines": {file.path: file.lines for file in lines}}
    (port.workspace / "reports" / "port.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    too_long = [file for file in lines if file.limit and file.lines > file.limit]
    for file in too_long:
        print(f"{file.path}: {file.lines} lines by hand, more than {file.limit}", file=sys.stderr)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
