"""What a trace and a comparison cost, in forward passes. Run with `nox -s benchmarks -- parity_cost.py`.

One process, one decoder of about 40 M parameters with random weights, batches of 2 x 128 tokens:

    capture    `original/tracer.py` on the adapter's batches / the same batches without it     at most 1.6
    parity     plain outputs and forced replay of the port / the same batches, plain           at most 6
    debugger   upstream's `model_addition_debugger_context`, tensors to files, for comparison
"""

import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parent))

from faults import REPOSITORY  # noqa: E402


SIZES = {"vocab": 8000, "width": 512, "depth": 8, "heads": 8, "inner": 1408, "context": 256}
LENGTH = 128
REPEATS = 5


def main() -> int:
    if len(sys.argv) > 1:
        return measure(Path(sys.argv[1]))
    import copier

    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        answers = {"model_name": "GLib", "base_architecture": "decoder", "setup": False}
        options = {"vcs_ref": "HEAD", "defaults": True, "skip_tasks": True, "quiet": True}
        copier.run_copy(str(REPOSITORY), workspace, data=answers, **options)
        enlarge(workspace)
        subprocess.run([sys.executable, "-m", "porting", "convert"], cwd=workspace, check=False, capture_output=True)
        subprocess.run([sys.executable, "-m", "porting", "parity"], cwd=workspace, check=True, capture_output=True)
        return subprocess.run([sys.executable, __file__, str(workspace)], check=False).returncode


def enlarge(workspace: Path) -> None:
    """Give the stand-in the SIZES, and its inputs the LENGTH."""
    standin = workspace / "original" / "standin.py"
    text = standin.read_text()
    for name, value in SIZES.items():
        before, _, after = text.partition(f'"{name}": ')
        text = f'{before}"{name}": {value}{after[after.index(","):]}'
    standin.write_text(text)
    adapter = workspace / "original" / "adapter.py"
    adapter.write_text(
        adapter.read_text()
        .replace("size=(2, 60)", f"size=(2, {LENGTH})")
        .replace(":12]", ":100]")
        .replace("(2, 12)", "(2, 100)")
    )


def median(run: Callable) -> float:
    """Median wall time in seconds over REPEATS runs, after one to warm up."""
    run()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def measure(workspace: Path) -> int:
    """Print the ratios; 1 if one is over its limit."""
    sys.path[:0] = [str(workspace), str(workspace / "original")]
    from porting import mount

    mount.install(workspace)
    adapter, tracer = importlib.import_module("adapter"), importlib.import_module("tracer")
    original = adapter.load_model(workspace / adapter.CHECKPOINT)
    inputs = tracer.read_inputs(adapter)
    forward = median(lambda: [adapter.forward(original, batch) for batch in inputs.values()])
    with tempfile.TemporaryDirectory() as folder:
        capture = median(lambda: capture_once(tracer, adapter, original, inputs, Path(folder)))
        captured = size_of(Path(folder))
    missed = line("capture", capture, forward, 1.6, f"{captured / 1e6:.0f} MB in 1 file")
    port_forward, whole, debugger, dumped = measure_port(workspace)
    missed |= line("parity", whole, port_forward, 6, "")
    line("debugger", debugger, port_forward, None, f"{dumped[0] / 1e6:.0f} MB in {dumped[1]} files")
    return int(missed)


def capture_once(tracer, adapter, original, inputs, folder: Path) -> None:
    """What the tracer does between loading the model and giving the file its name."""
    tensors = tracer.TensorFile(folder / "trace.safetensors")
    recorder = tracer.Recorder(tensors)
    probe = tracer.probe_for(original, adapter)
    for batch, arrays in inputs.items():
        recorder.begin(batch)
        with probe.watch(recorder):
            adapter.forward(original, arrays)
    os.replace(tensors.finish({}), tensors.path)


def measure_port(workspace: Path) -> tuple[float, float, float, tuple[int, int]]:
    """Seconds of a plain pass over the batches, of the whole comparison, and of upstream's debugger; its bytes and files."""
    from porting.conversion.declared import load_rules
    from porting.parity.alignment import align
    from porting.parity.findings import localise
    from porting.parity.origins import find_origins
    from porting.parity.outputs import compare_outputs
    from porting.parity.port import load_port
    from porting.parity.replay import run_model
    from porting.parity.trace_file import Trace
    from porting.workspace import Workspace
    from transformers import model_addition_debugger_context

    rules, trace = load_rules(Workspace(workspace)), Trace(workspace / "reports" / "trace")
    model = load_port(Workspace(workspace), rules.PORT_CLASS, workspace / "converted")
    alignment = align(model, find_origins(model, rules.RULES, trace.weights), trace)
    print(
        f"{sum(weight.numel() for weight in model.parameters()) / 1e6:.0f} M parameters, {len(trace.batches)} batches"
    )

    def plain():
        model.float()
        for batch in trace.batches:
            run_model(model, trace.inputs(batch))

    def compare():
        model.float()
        compare_outputs(model, trace)
        compare_outputs(model, trace, "sdpa")
        if localise(model, trace, alignment, workspace).findings:
            raise SystemExit("the sound port has findings")

    forward, whole = median(plain), median(compare)
    model.float()
    with tempfile.TemporaryDirectory() as folder:

        def debug():
            for batch in trace.batches:
                options = {"debug_path": folder, "do_prune_layers": False, "use_repr": False}
                with model_addition_debugger_context(model, **options):
                    run_model(model, trace.inputs(batch))

        debugger = median(debug)
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return forward, whole, debugger, (size_of(Path(folder)), len(files))


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def line(name: str, seconds: float, forward: float, limit: float | None, note: str) -> bool:
    """Print one ratio and say whether it is over its limit."""
    ratio = seconds / forward
    over = limit is not None and ratio > limit
    allowed = f"at most {limit:g}" if limit is not None else ""
    print(f"{name:10}{ratio:6.2f} x a forward of {forward:.3f} s   {allowed:12} {'OVER' if over else ''} {note}")
    return over


if __name__ == "__main__":
    sys.exit(main())
