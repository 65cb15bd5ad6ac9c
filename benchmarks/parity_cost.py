"""What a trace and a comparison cost, in forward passes. Run with `nox -s benchmarks -- parity_cost.py`.

One decoder of about 150 M parameters with random weights, batches of 2 x 128 tokens, 32 bits, no gradients. A forward
is one plain pass over all batches, of the original for `capture`, of the port (eager attention, no cache) for the rest.
Forward and row take turns in one process; a row is the median of their ratios. Its first turn, with imports and memory
that is new to the process, is shown apart.

    capture    hooks and writing of `original/tracer.py`                                       at most 1.6
    parity     all of `make parity` on a sound port: loading, final outputs with both kinds of
               attention, alignment, forced replay, generation with the cache; the weights'
               fingerprint is known from their conversion                                       at most 6
    a fault    the same where one line of the port is wrong, in one turn
    debugger   upstream's `model_addition_debugger_context`, tensors to files
    torchlens  `torchlens.trace` of every operation, saved, in one turn

Then the wall time of the whole command, and the memory of parity with a short trace and with one of four times as many
batches: anonymous memory (RssAnon) above what was there before the model was loaded.
"""

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from faults import REPOSITORY


SIZES = {"vocab": 8000, "width": 1024, "depth": 12, "heads": 16, "groups": 4, "inner": 2816, "context": 256}
LENGTH = 128
TURNS = 5
FAULT = ("self.scaling = self.head_dim**-0.5", "self.scaling = 1.0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("cost", "torchlens", "memory"):
        parser.add_argument(f"--{name}", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cost:
        return measure_cost(arguments.cost)
    if arguments.torchlens:
        return measure_torchlens(arguments.torchlens)
    if arguments.memory:
        return measure_memory(arguments.memory)
    with tempfile.TemporaryDirectory() as folder:
        short = prepare(Path(folder) / "short", batches=2)
        failed = again("--cost", short) + again("--torchlens", short)
        print_wall_time(short)
        failed += again("--memory", short)
        long = prepare(Path(folder) / "long", batches=8)
        return int(failed + again("--memory", long) > 0)


def again(part: str, workspace: Path) -> int:
    """Run one part in a process of its own, so that none is measured with what another left behind."""
    return subprocess.run([sys.executable, __file__, part, str(workspace)], check=False).returncode


def prepare(workspace: Path, batches: int) -> Path:
    """A workspace with a stand-in of SIZES, traced and converted."""
    import copier

    answers = {"model_name": "GLib", "base_architecture": "decoder", "setup": False}
    options = {"vcs_ref": "HEAD", "defaults": True, "skip_tasks": True, "quiet": True}
    copier.run_copy(str(REPOSITORY), workspace, data=answers, **options)
    porting(workspace, "start")
    standin = workspace / "original" / "standin.py"
    text = standin.read_text()
    for name, value in SIZES.items():
        before, _, after = text.partition(f'"{name}": ')
        text = f'{before}"{name}": {value}{after[after.index(",") :]}'
    standin.write_text(text)
    adapter = workspace / "original" / "adapter.py"
    adapter.write_text(
        adapter.read_text()
        .replace("size=(2, 60)", f"size=(2, {LENGTH})")
        .replace(":12]", ":]")
        .replace("(2, 12)", "(2, 128)")
        + f"\n\nsmall_inputs = example_inputs\n\n\ndef example_inputs():\n"
        f"    long, padded = small_inputs()['long'], small_inputs()['padded']\n"
        f"    return {{'padded': padded, **{{f'long{{index}}': long for index in range({batches - 1})}}}}\n"
    )
    porting(workspace, "trace")
    porting(workspace, "convert")
    porting(workspace, "parity")
    return workspace


def porting(workspace: Path, command: str) -> None:
    subprocess.run([sys.executable, "-m", "porting", command], cwd=workspace, check=True, capture_output=True)


def mount(workspace: Path):
    """Make the port and the original's two modules importable; the adapter and the tracer."""
    sys.path[:0] = [str(workspace), str(workspace / "original")]
    os.chdir(workspace)
    from porting import mount

    mount.install(workspace)
    return importlib.import_module("adapter"), importlib.import_module("tracer")


@dataclass
class Cost:
    """Wall time of a run in forwards, the median and that of the first turn; `forward` is in seconds.

    `written` says what the run left on the disk.
    """

    forward: float
    ratio: float
    first: float
    written: str


def in_turns(forward: Callable[[], object], run: Callable[[Path], object], turns: int = TURNS) -> Cost:
    """Forward and run take turns, so that both see the same machine. The run gets an empty folder each time.

    Empty, because to free a file that is replaced takes as long as to write it. The first turn is not in the median:
    memory that a virtual machine fetches from its host costs a multiple of memory that it has.
    """
    seconds, ratios = [], []
    for _ in range(turns + 1):
        seconds.append(time_of(forward))
        with tempfile.TemporaryDirectory() as folder:
            ratios.append(time_of(lambda folder=Path(folder): run(folder)) / seconds[-1])
            sizes = [path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()]
    written = f"{sum(sizes) / 1e6:.0f} MB in {len(sizes)} file{'s' * (len(sizes) > 1)}" if sizes else ""
    return Cost(statistics.median(seconds[1:]), statistics.median(ratios[1:]), ratios[0], written)


def time_of(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def measure_cost(workspace: Path) -> int:
    """Print the ratios of capture, parity and upstream's debugger; 1 if one is over its limit."""
    adapter, tracer = mount(workspace)
    original = adapter.load_model(workspace / adapter.CHECKPOINT)
    inputs = tracer.read_inputs(adapter)
    missed = line(
        "capture",
        in_turns(
            lambda: [adapter.forward(original, batch) for batch in inputs.values()],
            lambda folder: capture_once(tracer, adapter, original, inputs, folder),
        ),
        limit=1.6,
    )

    model, batches = load_port(workspace)
    print(f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.0f} M parameters, {len(batches)} batches")
    forward = partial(plain, model, batches)
    missed |= line("parity", in_turns(forward, lambda folder: compare(workspace)), limit=6)
    line("debugger", in_turns(forward, lambda folder: debug(model, batches, folder)))
    with broken(workspace):
        line("a fault", in_turns(forward, lambda folder: compare(workspace, passes=False), turns=1))
    return int(missed)


def capture_once(tracer, adapter, original, inputs, folder: Path) -> None:
    """What the tracer does between loading the model and giving the file its name."""
    probe = tracer.probe_for(original, adapter)
    tensors = tracer.TensorFile(folder / "trace.safetensors")
    recorder = tracer.Recorder(tensors)
    for batch, arrays in inputs.items():
        recorder.begin(batch)
        with probe.watch(recorder):
            adapter.forward(original, arrays)
    os.replace(tensors.finish({}), tensors.path)


def load_port(workspace: Path):
    """The port, and the batches of the trace."""
    from porting.conversion.declared import load_rules
    from porting.parity.port import load_port
    from porting.parity.trace_file import Trace
    from porting.workspace import Workspace

    trace = Trace(workspace / "reports" / "trace")
    model = load_port(Workspace(workspace), load_rules(Workspace(workspace)).PORT_CLASS, workspace / "converted")
    return model, [trace.inputs(batch) for batch in trace.batches]


def plain(model, batches) -> None:
    from porting.parity.replay import run_model

    for inputs in batches:
        run_model(model, inputs)


def compare(workspace: Path, passes: bool = True) -> None:
    """All that `make parity` does between its imports and its output."""
    from porting.parity import command
    from porting.workspace import Workspace

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    result, _, _ = command.compare(Workspace(workspace), parser.parse_args([]), lambda text: None)
    if result["passed"] != passes:
        raise SystemExit(f"parity says {result['findings']} of a port that is {'sound' if passes else 'broken'}")


class broken:
    """Within it, one line of the imported port is wrong."""

    def __init__(self, workspace: Path):
        self.module = next(module for name, module in sys.modules.items() if name.endswith("modeling_g_lib"))
        self.source = workspace / "src/transformers/models/g_lib/modeling_g_lib.py"
        self.sound = self.source.read_text()

    def __enter__(self):
        self.source.write_text(self.sound.replace(*FAULT))
        importlib.reload(self.module)

    def __exit__(self, *error):
        self.source.write_text(self.sound)


def debug(model, batches, folder: Path) -> None:
    from transformers import model_addition_debugger_context

    for inputs in batches:
        with model_addition_debugger_context(model, debug_path=str(folder), do_prune_layers=False, use_repr=False):
            plain(model, [inputs])


def measure_torchlens(workspace: Path) -> int:
    """torchlens rewraps PyTorch's functions for good, so nothing else is measured in its process."""
    mount(workspace)
    model, batches = load_port(workspace)
    import torch
    import torchlens

    def trace(folder: Path) -> None:
        for index, inputs in enumerate(batches):
            log = torchlens.trace(model, (), {**inputs, "use_cache": False})
            log.save(folder / str(index))
            log.cleanup()

    with torch.no_grad():
        line("torchlens", in_turns(partial(plain, model, batches), trace, turns=1))
    return 0


def line(name: str, cost: Cost, limit: float | None = None) -> bool:
    """Print one row and say whether it is over its limit."""
    over = limit is not None and cost.ratio > limit
    allowed = f"{'OVER' if over else 'at most'} {limit:g}" if limit is not None else ""
    print(
        f"{name:10}{cost.ratio:6.2f} x {cost.forward:.2f} s, first {cost.first:5.2f} x   {allowed:13}{cost.written}",
        flush=True,
    )
    return over


def print_wall_time(workspace: Path) -> None:
    started = time.perf_counter()
    porting(workspace, "parity")
    print(f"wall time of `python -m porting parity`, imports and all: {time.perf_counter() - started:.1f} s")


class Peak:
    """The largest RssAnon of this process while it is open, in MB, sampled every 2 ms."""

    def __enter__(self):
        self.value, self.over = anonymous(), threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self):
        while not self.over.wait(0.002):
            self.value = max(self.value, anonymous())

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()


def anonymous() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1e3


def largest_module(model, batches) -> float:
    """MB that the largest module without children takes in 64 bits, with what it is given and gives."""
    sizes = [0]

    def look(module, args, output):
        tensors = [*module.parameters(recurse=False), *args, output]
        sizes.append(8e-6 * sum(tensor.numel() for tensor in tensors if hasattr(tensor, "numel")))

    hooks = [
        module.register_forward_hook(look) for module in model.modules() if not any(True for _ in module.children())
    ]
    plain(model, batches[:1])
    for hook in hooks:
        hook.remove()
    return max(sizes)


def measure_memory(workspace: Path) -> int:
    """Print the peaks of a plain pass and of parity; 1 if parity needs more than the model and one module."""
    mount(workspace)
    import transformers.models.g_lib.modeling_g_lib  # noqa: F401
    from porting.parity import command  # noqa: F401

    before = anonymous()
    with Peak() as pass_alone:
        model, batches = load_port(workspace)
        plain(model, batches)
    weights = sum(weight.nbytes for weight in model.parameters()) / 1e6
    largest = largest_module(model, batches)
    del model
    with Peak() as whole:
        compare(workspace)
    trace = (workspace / "reports" / "trace.safetensors").stat().st_size / 1e6
    peak, allowed = whole.value - before, weights + largest
    print(
        f"memory: trace of {trace:.0f} MB, {len(batches)} batches: parity {peak:.0f} MB; model {weights:.0f} + largest module "
        f"{largest:.0f} = {allowed:.0f} MB; a plain pass alone {pass_alone.value - before:.0f} MB"
    )
    return int(peak > allowed)


if __name__ == "__main__":
    sys.exit(main())
