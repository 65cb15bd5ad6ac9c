"""What `make convert` costs, against copying the file and against the usual recipe. Run with `nox -s benchmarks -- conversion.py`.

A decoder checkpoint of each `--gb` is generated in the stand-in's layout. Each method runs in a process of its own, the
methods in turn, from a source that is not cached, and ends with its output on the disk. The median of the runs:

    seconds / copy                at most 2.0
    seconds / recipe              at most 0.5
    peak anonymous memory         at most 0.6 GB, and the same for every size to a tenth

The seconds are those of the work, without the start of Python and imports; "with imports" is the whole process.
The copy is `shutil.copyfile`, by which the kernel copies, and fsync. The recipe loads the checkpoint, builds the model,
renames and splits the weights, loads them into it and saves it. It needs three times the checkpoint in memory, and is
left out where the machine has not that much. Converting also searches for NaN and computes SHA-256 of what it writes.
Memory is RssAnon: what is mapped from files can be given back at any time, and does not count.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


REPOSITORY = Path(__file__).resolve().parents[1]
METHODS = ("copy", "recipe", "convert")
# Layers of 4 * 1280 * 1280 + 3 * 1280 * 3456 parameters are 78 MB each; a vocabulary of 32 000 is 164 MB, twice.
WIDTH, INNER, VOCABULARY, LAYER_GB, OUTER_GB = 1280, 3456, 32_000, 0.0793, 0.328


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gb", type=float, nargs="+", default=[2.0, 8.0], help="sizes to measure (default: 2 8)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work (default: the temporary directory)")
    parser.add_argument("--run", choices=METHODS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(run(arguments.run)))
        return 0
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        workspace = prepare(Path(folder) / "workspace")
        results = [compare(workspace, size, arguments.repeats) for size in arguments.gb]
    peaks = [peak for _, peak in results]
    print(
        f"\nanonymous memory of convert: {', '.join(f'{peak:.2f} GB' for peak in peaks)} (at most 0.6, the same for all)"
    )
    return 0 if all(met for met, _ in results) and max(peaks) <= 0.6 and max(peaks) <= 1.1 * min(peaks) else 1


def prepare(workspace: Path) -> Path:
    """A started decoder's workspace of the working state."""
    import copier

    answers = {"model_name": "GLib", "base_architecture": "decoder", "setup": False}
    copier.run_copy(
        str(REPOSITORY), workspace, data=answers, defaults=True, skip_tasks=True, quiet=True, vcs_ref="HEAD"
    )
    subprocess.run([sys.executable, "-m", "porting", "start"], cwd=workspace, check=True, capture_output=True)
    return workspace


def compare(workspace: Path, size: float, repeats: int) -> tuple[bool, float]:
    """Print a table for one size; returns whether the times are within their limits, and the memory of convert."""
    generate(workspace, size)
    weights = workspace / "original" / "checkpoint" / "weights.pt"
    nbytes = weights.stat().st_size
    fits = 3 * nbytes < 0.9 * available_memory()
    methods = METHODS if fits else tuple(method for method in METHODS if method != "recipe")
    runs: dict[str, list[dict]] = {method: [] for method in methods}
    for _ in range(repeats):
        for method in methods:
            runs[method].append(measure(workspace, weights, method))
    print(f"\n{nbytes / 1e9:.2f} GB, {repeats} runs each")
    print(f"{'':8} {'seconds':>8} {'with imports':>13} {'GB anonymous':>13}   seconds of each run")
    seconds, memory = {}, {}
    for method, results in runs.items():
        seconds[method] = statistics.median(result["seconds"] for result in results)
        whole = statistics.median(result["whole"] for result in results)
        memory[method] = max(result["anonymous_gb"] for result in results)
        each = " ".join(f"{result['seconds']:.1f}" for result in results)
        print(f"{method:8} {seconds[method]:8.2f} {whole:13.2f} {memory[method]:13.2f}   {each}", flush=True)
    limits = {"copy": 2.0, "recipe": 0.5}
    ratios = {method: seconds["convert"] / seconds[method] for method in limits if method in methods}
    for method, ratio in ratios.items():
        print(f"convert / {method} {ratio:.2f} (at most {limits[method]})")
    if not fits:
        print(f"no recipe: it needs {3 * nbytes / 1e9:.0f} GB of memory, {available_memory() / 1e9:.0f} GB are free")
    return all(ratio <= limits[method] for method, ratio in ratios.items()), memory["convert"]


def measure(workspace: Path, weights: Path, method: str) -> dict:
    """One run in a process of its own, from a source that is not cached."""
    shutil.rmtree(workspace / "converted", ignore_errors=True)
    os.sync()
    forget(weights)
    command = [sys.executable, __file__, "--run", method]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=workspace, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return {"whole": time.perf_counter() - started, **json.loads(done.stdout.splitlines()[-1])}


def available_memory() -> int:
    """Bytes that can be had without swapping."""
    content = Path("/proc/meminfo").read_text()
    return int(content.split("MemAvailable:")[1].split()[0]) * 1024


def generate(workspace: Path, size: float) -> None:
    """Write the stand-in's checkpoint at another size, with values that are not worth a random generator's time."""
    import torch

    standin = load(workspace / "original" / "standin.py")
    depth = max(1, round((size - OUTER_GB) / LAYER_GB))
    sizes = {"vocab": VOCABULARY, "width": WIDTH, "inner": INNER, "depth": depth, "heads": 20, "groups": 20}
    model = standin.LanguageModel(standin.HPARAMS | sizes)
    folder = workspace / "original" / "checkpoint"
    folder.mkdir(exist_ok=True)
    torch.save({"model": model.state_dict(), "step": 1000}, folder / "weights.pt")
    (folder / "hparams.json").write_text(json.dumps(standin.HPARAMS | sizes))


def load(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def forget(path: Path) -> None:
    """Ask the kernel to drop the file from its cache."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run(method: str) -> dict:
    """In a process of its own, in the workspace: imports first, then the clock."""
    root = Path.cwd()
    sys.path.insert(0, str(root))
    from porting import mount

    mount.install(root)
    work = {"copy": copy, "recipe": recipe, "convert": convert}[method](root)
    with Peak() as peak:
        started = time.perf_counter()
        work()
        elapsed = time.perf_counter() - started
    return {"seconds": elapsed, "anonymous_gb": peak.gb}


def copy(root: Path):
    def work():
        (root / "converted").mkdir()
        shutil.copyfile(root / "original/checkpoint/weights.pt", root / "converted/weights.pt")
        flush(root / "converted")

    return work


def recipe(root: Path):
    import torch

    import transformers

    rules = load(root / "conversion" / "rules.py")
    model_class = getattr(transformers, rules.PORT_CLASS)

    def work():
        old = torch.load(root / "original/checkpoint/weights.pt", map_location="cpu", weights_only=True)["model"]
        arguments = rules.convert_config(rules.read_hyperparameters(root / "original/checkpoint"))
        model = model_class(model_class.config_class(**arguments))
        model.load_state_dict(rename(old, model.config))
        model.save_pretrained(root / "converted", save_original_format=False)
        flush(root / "converted")

    return work


def rename(old: dict, config) -> dict:
    """The stand-in's names and layout to the port's, by hand."""
    new = {"model.embed_tokens.weight": old["net.tokens.weight"], "model.norm.weight": old["net.norm_out.g"]}
    new["lm_head.weight"] = old["readout.weight"]
    for layer in range(config.num_hidden_layers):
        was, now = f"net.stack.{layer}", f"model.layers.{layer}"
        by_head = old[f"{was}.mix.qkv.weight"].unflatten(0, (config.num_key_value_heads, 3, -1))
        for name, part in zip("qkv", by_head.unbind(1), strict=True):
            new[f"{now}.self_attn.{name}_proj.weight"] = part.flatten(0, 1)
        new[f"{now}.self_attn.o_proj.weight"] = old[f"{was}.mix.out.w"].T
        gate, up = old[f"{was}.ffn.gate_up.weight"].chunk(2)
        new |= {f"{now}.mlp.gate_proj.weight": gate, f"{now}.mlp.up_proj.weight": up}
        new[f"{now}.mlp.down_proj.weight"] = old[f"{was}.ffn.down.weight"]
        new[f"{now}.input_layernorm.weight"] = old[f"{was}.norm_a.g"]
        new[f"{now}.post_attention_layernorm.weight"] = old[f"{was}.norm_b.g"]
    return new


def convert(root: Path):
    import transformers

    transformers.GLibForCausalLM  # noqa: B018  (what is imported lazily counts as imports, too)
    command = importlib.import_module("porting.__main__")
    for name in ("convert", "plan", "port", "progress", "report", "shards", "sources", "stream"):
        importlib.import_module(f"porting.conversion.{name}")

    def work():
        if command.main(["convert"]) != 0:
            raise SystemExit("make convert failed")

    return work


def flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


class Peak:
    """The largest RssAnon of this process while the block runs, sampled every 10 ms."""

    def __enter__(self):
        self.gb, self.running = 0.0, True
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while self.running:
            status = Path("/proc/self/status").read_text()
            self.gb = max(self.gb, int(status.split("RssAnon:")[1].split()[0]) / 1e6)
            time.sleep(0.01)

    def __exit__(self, *error):
        self.running = False
        self.thread.join()


if __name__ == "__main__":
    sys.exit(main())
