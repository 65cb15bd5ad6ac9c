"""What `make nearest` costs, against importing what every command of a workspace imports. Run with `nox -s benchmarks -- nearest.py`.

The baseline is a process of its own that imports PyTorch and Transformers and the code of one model. Then, each in a
process of its own, the index of all models of the installed release is built, and two checkpoints are ranked with it, of
which only names and shapes are made: a decoder of 32 layers, and one of 60 layers with 333 experts each, one by one,
which are 60,363 names. Rankings are the median of `--repeats` runs, without imports and with them:

    index                         at most 600 seconds, once for each release
    ranking                       at most 10 seconds, reading the index among them, without imports
    memory                        at most 2 GB, of all processes together while the index is built

Memory is the largest sum of proportional set sizes (PSS) of the process and its children, sampled four times a second.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


REPOSITORY = Path(__file__).resolve().parents[1]
WORK = ("imports", "index", "decoder", "experts")
SECONDS, GIGABYTES = {"index": 600, "decoder": 10, "experts": 10}, 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--index", type=Path, help="a cache folder (HF_HOME) that has the index: it is not built then")
    parser.add_argument("--run", choices=WORK, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(run(arguments.run)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.index or Path(folder)
        runs = {name: [] for name in WORK if name != "index" or not arguments.index}
        for name in runs:
            for _ in range(1 if name == "index" else arguments.repeats):
                runs[name].append(measure(name, home))
    return report(runs)


def report(runs: dict[str, list[dict]]) -> int:
    met = True
    baseline = statistics.median(result["whole"] for result in runs["imports"])
    print(f"{'':10} {'seconds':>8} {'with imports':>13} {'/ imports':>10} {'GB':>6}")
    for name, results in runs.items():
        seconds = statistics.median(result["seconds"] for result in results)
        whole = statistics.median(result["whole"] for result in results)
        memory = max(result["gigabytes"] for result in results)
        print(f"{name:10} {seconds:8.1f} {whole:13.1f} {whole / baseline:10.1f} {memory:6.2f}")
        met = met and memory <= GIGABYTES and seconds <= SECONDS.get(name, seconds)
    print("all within the limits" if met else "NOT within the limits: index 600 s, ranking 10 s, 2 GB")
    return 0 if met else 1


def measure(name: str, home: Path) -> dict:
    """One piece of work in a process of its own."""
    command = [sys.executable, __file__, "--run", name]
    environment = os.environ | {"HF_HOME": str(home), "PYTHONPATH": str(REPOSITORY / "template")}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    output = process.communicate()[0]
    whole = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{name} failed; run {' '.join(command)}")
    return {**json.loads(output.splitlines()[-1]), "whole": whole, "gigabytes": peak[0] / 1e6}


def watch(process: subprocess.Popen, peak: list[int]) -> None:
    """Note the largest sum of kilobytes of a process and its children until it ends."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(proportional, family(process.pid))))
        time.sleep(0.25)


def family(pid: int) -> list[int]:
    """A process and all below it; any of its threads may have started one."""
    found = [pid]
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [each for child in children.read_text().split() for each in family(int(child))]
    except OSError:
        pass  # it has ended
    return found


def proportional(pid: int) -> int:
    """Kilobytes of a process, those that it shares divided by how many share them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(text.split("Pss:")[1].split()[0])


def run(name: str) -> dict:
    """Do one piece of work; returns its seconds without imports."""
    import torch  # noqa: F401

    import transformers.models.llama.modeling_llama  # noqa: F401

    started = time.perf_counter()
    if name != "imports":
        from porting.nearest import load_index, rank

        index = load_index()
        if name != "index":
            rank(decoder() if name == "decoder" else experts(), index)
    return {"seconds": time.perf_counter() - started}


def decoder(layers: int = 32, width: int = 4096, inner: int = 14336) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a decoder as its authors might write it."""
    shapes = {"tok.weight": (32000, width), "norm.weight": (width,), "out.weight": (32000, width)}
    for layer in range(layers):
        at = f"layers.{layer}"
        shapes |= {f"{at}.attn.{name}.weight": (width, width) for name in ("wq", "wo")}
        shapes |= {f"{at}.attn.{name}.weight": (width // 4, width) for name in ("wk", "wv")}
        shapes |= {f"{at}.ffn.{name}.weight": (inner, width) for name in ("w1", "w3")}
        shapes |= {f"{at}.ffn.w2.weight": (width, inner)}
        shapes |= {f"{at}.{name}.weight": (width,) for name in ("norm1", "norm2")}
    return shapes


def experts(layers: int = 60, number: int = 333, width: int = 4096, inner: int = 1024) -> dict[str, tuple[int, ...]]:
    """The same with experts, one by one."""
    shapes = {name: shape for name, shape in decoder(layers, width).items() if ".ffn." not in name}
    for layer in range(layers):
        shapes[f"layers.{layer}.ffn.gate.weight"] = (number, width)
        for expert in range(number):
            at = f"layers.{layer}.ffn.experts.{expert}"
            shapes |= {f"{at}.w1.weight": (inner, width), f"{at}.w3.weight": (inner, width)}
            shapes[f"{at}.w2.weight"] = (width, inner)
    return shapes


if __name__ == "__main__":
    sys.exit(main())
