"""`make test` of a port started from each of the parents that stand for the text models, nothing in it changed.

    python tests/parents.py REPORT.jsonl [--model MODEL ...] [--count N --seed S] [--keep FOLDER] [--pytest "-k ..."]

A line of the report is one parent at one release: how many tests passed, failed, were skipped and why. A parent whose
line stands in the report is not tried again. `--count` draws more text models by a seed; `--keep` leaves the ports; `--pytest` runs a
part of the tests, which counts as another line.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from forked import lines_of


ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "template"))

from porting.base import table  # noqa: E402
from porting.base.parent import auto_mappings_of, known_type  # noqa: E402
from porting.base.writing import with_answers  # noqa: E402
from porting.modular.sources import installed_transformers  # noqa: E402


PARENTS = (
    "llama mistral qwen3 qwen3_moe mixtral gemma2 gemma3_text deepseek_v3 gpt_neox gpt2 phi3 glm4 olmo2 cohere2 gpt_oss "
    "mamba2 bert roberta modernbert deberta-v2 esm electra bart t5 mbart pegasus"
).split()
KINDS = ("encoder", "decoder", "encoder-decoder")
SECONDS = 3600
ANSWERS = {"model_name": "Zorro X2", "base_architecture": "decoder", "base_model": "llama", "setup": False}


def render(folder: Path) -> Path:
    """A workspace of the working state, for every parent: what the answers change else is not tested here."""
    import copier

    snapshot, workspace = folder / "template", folder / "workspace"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, snapshot / name)
    copier.run_copy(str(snapshot), workspace, data=ANSWERS, defaults=True, skip_tasks=True, quiet=True)
    return workspace


def port_of(model_type: str, workspace: Path, port: Path) -> None:
    """A copy of a workspace, which is to start from another parent."""
    shutil.copytree(workspace, port)
    answers = port / ".copier-answers.yml"
    kind = table.find(model_type).kind
    answers.write_text(with_answers(answers.read_text(), {"base_model": model_type, "base_architecture": kind}))


def attempt(model_type: str, workspace: Path, port: Path, selection: str) -> dict:
    """Start a port and test it; the line of its report."""
    began = time.monotonic()
    port_of(model_type, workspace, port)
    line = {"passed": 0, "failed": 0, "skipped": 0, "failures": [], "skips": {}, "reason": None}
    for target in ("start", "test"):
        done = _run(port, target, *([f"--pytest={selection}"] if target == "test" else []))
        if target == "start" and done.returncode:
            line["reason"] = _last_line(done.stdout)
            break
    report = port / "reports" / "test.json"
    if line["reason"] is None and report.is_file():
        found = json.loads(report.read_text())
        line |= found["counts"] | {"failures": found["failures"], "skips": found["skips"]}
        line["reason"] = None if found["passed"] else _last_line(done.stdout)
    elif line["reason"] is None:
        line["reason"] = _last_line(done.stdout)
    (port / "make-test.txt").write_bytes(done.stdout)
    return line | {"seconds": round(time.monotonic() - began)}


def _run(port: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"COLUMNS": "200", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "porting", *arguments],
        cwd=port,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "nothing was said"


def drawn(count: int, seed: int, known: dict) -> list[str]:
    """Text models beside PARENTS that this release has."""
    others = [
        name
        for name, model in table.models().items()
        if model.kind in KINDS and not model.wrapper and name in known and name not in PARENTS
    ]
    return random.Random(seed).sample(others, count)


def summary(lines: list[dict]) -> list[str]:
    """A row for each parent, then why tests were skipped, by how many parents skip them."""
    text = [f"{'':24}{'passed':>8}{'failed':>8}{'skipped':>8}"]
    for line in lines:
        text.append(
            f"{line['model']:24}{line['passed']:8}{line['failed']:8}{line['skipped']:8}  {line['reason'] or ''}"
        )
        text += [f"    {name}" for name in line["failures"]]
    good = sum(not line["failed"] and not line["reason"] for line in lines)
    text.append(f"{good} of {len(lines)} parents without a failed test")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("--model", action="append")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--pytest", default="")
    arguments = parser.parse_args()
    transformers, release = installed_transformers()
    auto = auto_mappings_of(transformers)
    names = arguments.model or [name for name in PARENTS if name in auto.configs]
    if arguments.count:
        names += drawn(arguments.count, arguments.seed, auto.configs)
        print(f"seed {arguments.seed}")
    done = lines_of(arguments.report, release=release, selection=arguments.pytest)
    with tempfile.TemporaryDirectory(prefix="parents-") as scratch:
        workspace = None
        for name in names:
            if name in done:
                continue
            workspace = workspace or render(Path(scratch))
            port = (arguments.keep or Path(scratch)) / f"{known_type(name, auto)}-{release}"
            shutil.rmtree(port, ignore_errors=True)
            line = {"release": release, "selection": arguments.pytest, "model": name}
            line |= attempt(name, workspace, port, arguments.pytest)
            done[name] = line
            with arguments.report.open("a") as report:
                report.write(json.dumps(line) + "\n")
            print(*summary([line])[1:-1], f"{line['seconds']} s", sep="\n", flush=True)
    print("\n".join([f"Transformers {release}", *summary([done[name] for name in names])]))


if __name__ == "__main__":
    main()
