"""What a `copier copy` costs, against what it cannot avoid. Run with `nox -s benchmarks -- rendering.py`.

Two ratios per family, each the median of several runs, both sides in the same run:

    without hooks / `copier --version`                            at most 4
    with start, style and smoke / (rendering + black and isort on
    the same files + importing one upstream model of the family
    twice, for start and for smoke)                               at most 2
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


REPOSITORY = Path(__file__).resolve().parents[1]
UPSTREAM_MODEL = {
    "encoder": "BertForMaskedLM",
    "decoder": "LlamaForCausalLM",
    "encoder-decoder": "BartForConditionalGeneration",
}
REPEATS = 5


def seconds(*command: str | Path, cwd: Path = REPOSITORY, before: Callable = lambda: None) -> float:
    """Median wall time of a command over REPEATS runs, each after `before`, and after one run to warm the disk cache."""
    times = []
    for _ in range(REPEATS + 1):
        before()
        started = time.perf_counter()
        subprocess.run([str(part) for part in command], cwd=cwd, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def main() -> int:
    copier = [sys.executable, "-m", "copier"]
    exceeded = False
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        template = scratch / "template"
        subprocess.run(["git", "clone", "--quiet", "--no-local", str(REPOSITORY), str(template)], check=True)
        baseline = seconds(*copier, "--version")
        print(f"copier --version {baseline:.2f} s\n")
        for architecture, model in UPSTREAM_MODEL.items():
            workspace, unformatted = scratch / "workspace", scratch / f"unformatted-{architecture}"
            copy = [*copier, "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD", "--data", "setup=no"]
            copy += ["--data", f"base_architecture={architecture}", "--data", "model_name=GLib", template, workspace]

            def remove(workspace=workspace):
                shutil.rmtree(workspace, ignore_errors=True)

            def restore(workspace=workspace, unformatted=unformatted):
                shutil.rmtree(workspace, ignore_errors=True)
                shutil.copytree(unformatted, workspace)

            plain = seconds(*copy, "--skip-tasks", before=remove)
            workspace.rename(unformatted)
            hooked = seconds(*copy, "--trust", before=remove)
            files = [
                str(path.relative_to(workspace)) for path in workspace.rglob("*.py") if "porting" not in path.parts
            ]
            style = seconds(
                "sh", "-c", 'isort -q "$@" && black -q "$@"', "style", *files, cwd=workspace, before=restore
            )
            imported = seconds(sys.executable, "-c", f"from transformers import {model}")

            without, with_hooks = plain / baseline, hooked / (plain + style + 2 * imported)
            exceeded |= without > 4 or with_hooks > 2
            print(
                f"{architecture:16} render {plain:.2f} s = {without:.1f} × copier --version (at most 4); with hooks "
                f"{hooked:.2f} s = {with_hooks:.2f} × (render {plain:.2f} + style {style:.2f} + 2 × import {imported:.2f}) "
                "(at most 2)"
            )
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
