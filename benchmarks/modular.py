"""What the expansion of a modular file takes, against upstream's converter on the same files and parents.

    UPSTREAM=…/transformers nox -s benchmarks -- modular.py

Both turn the same twelve files of the installed release into formatted files, one after the other in one process each,
and take turns file by file; ruff is part of it. `expand` is what `make modular` calls, `expand_all` all files in one go.
At most 1.5 times upstream's time a file. Without a clone there is nothing to compare with: upstream's converter is in
no package.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import transformers
from porting.modular.expansion import expand, expand_all


INSTALLED = Path(transformers.__file__).parent
MODELS = "afmoe aria bamba deepseek_v2 gemma2 glm4 gpt_neox hubert mistral olmo2 qwen2_5_vl sam2".split()
LIMIT = 1.5
# Run in a process of its own: reads paths, answers with the seconds that each took.
UPSTREAM_SIDE = """
import os, sys, time
sys.path.insert(0, os.path.join(sys.argv[1], "utils"))
import modular_model_converter as converter
said, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    began = time.perf_counter()
    converter.save_modeling_files(line.strip(), converter.convert_modular_file(line.strip()))
    print(time.perf_counter() - began, file=said, flush=True)
"""


def main() -> int:
    clone = os.environ.get("UPSTREAM")
    with tempfile.TemporaryDirectory() as folder:
        paths = [copied(model, Path(folder)) for model in MODELS]
        if not clone:
            took = [ours(path) for path in paths]
            print(f"expand: {statistics.median(took):.2f} s a file (median of {len(took)})")
            print("nothing to compare with: name a clone of Transformers by UPSTREAM=")
            return 0
        (Path(folder) / "pyproject.toml").write_text((Path(clone) / "pyproject.toml").read_text(encoding="utf-8"))
        pairs = in_turns(paths, clone)
        began = time.perf_counter()
        expand_all(paths, INSTALLED)
        together = (time.perf_counter() - began) / len(paths)
    ratio = sum(our for our, _ in pairs) / sum(theirs for _, theirs in pairs)
    print(f"Transformers {transformers.__version__}, {len(pairs)} modular files")
    print(f"  upstream's converter  {statistics.median(theirs for _, theirs in pairs):.2f} s a file (median)")
    print(f"  expand                {statistics.median(our for our, _ in pairs):.2f} s a file (median)")
    print(f"  expand_all            {together:.2f} s a file, parents read before")
    print(f"  ratio of the sums     {ratio:.2f} (at most {LIMIT})")
    return 0 if ratio <= LIMIT else 1


def copied(model: str, folder: Path) -> Path:
    """The modular file at a place that upstream's converter takes for one of its own."""
    path = folder / "src" / "transformers" / "models" / model / f"modular_{model}.py"
    path.parent.mkdir(parents=True)
    path.write_bytes((INSTALLED / "models" / model / path.name).read_bytes())
    return path


def ours(path: Path) -> float:
    began = time.perf_counter()
    expand(path, INSTALLED)
    return time.perf_counter() - began


def in_turns(paths: list[Path], clone: str) -> list[tuple[float, float]]:
    """Seconds of ours and of upstream's, file by file; both have their imports behind them."""
    command = [sys.executable, "-c", UPSTREAM_SIDE, clone]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    upstream = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": path},
    )
    pairs = []
    with upstream:
        for number, modular in enumerate([paths[0], *paths]):
            upstream.stdin.write(f"{modular}\n")
            upstream.stdin.flush()
            theirs = float(upstream.stdout.readline())
            if number:
                pairs.append((ours(modular), theirs))
        upstream.stdin.close()
    return pairs


if __name__ == "__main__":
    sys.exit(main())
