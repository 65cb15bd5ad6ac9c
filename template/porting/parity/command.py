"""Compare the port with the original and name the first guilty module and the likely cause."""

import argparse
import math
import time
import traceback
from pathlib import Path

from porting import mount
from porting.errors import CannotRun, CheckFailed
from porting.modular.origin import describe_line
from porting.reports import as_number, write_report
from porting.workspace import Workspace, here


SCHEMA = 1
STAGES = ("rules", "output", "shape", "fingerprint", "override")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tolerance", type=float, default=1e-3, help="largest difference of final outputs that passes"
    )
    parser.add_argument("--trace", type=Path, help="compare with this trace as it is (default: the workspace's own)")
    parser.add_argument("--converted", type=Path, help="the port's checkpoint (default: converted/)")
    spread = parser.add_mutually_exclusive_group()
    spread.add_argument("--processes", type=int, default=1, help="spread the port by its tensor-parallel plan")
    spread.add_argument("--device-map", help="Accelerate's, for example auto; disk: one layer in memory at a time")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    mount.install(workspace.root)
    from porting.parity.launch import answer
    from porting.parity.spread import under_torchrun

    if under_torchrun():
        answer(lambda: _compare_and_show(workspace, arguments))
    elif arguments.processes > 1:
        _spread(workspace, arguments)
    else:
        _compare_and_show(workspace, arguments)


def _spread(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Do the earlier steps once, then compare in several processes."""
    from porting.parity.launch import run_in
    from porting.parity.steps import fresh_conversion, fresh_trace
    from porting.trace import trace_path

    trace = fresh_trace(workspace, arguments.trace, print)
    converted = fresh_conversion(workspace, arguments.converted, trace, print)
    given = {
        "--tolerance": arguments.tolerance,
        "--trace": (arguments.trace or trace_path(workspace)).absolute(),
        "--converted": converted.absolute(),
    }
    run_in(arguments.processes, [f"{name}={value}" for name, value in given.items()], workspace.root)


def _compare_and_show(workspace: Workspace, arguments: argparse.Namespace) -> None:
    from rich.console import Console

    from porting.parity.spread import is_first

    console = Console(width=80 if not Console().is_terminal else None, quiet=not is_first())
    with console.status("") as status:
        result, findings, model = compare(workspace, arguments, lambda text: status.update(text))
    if is_first():
        _show(workspace, console, result, findings, model)
    if not result["passed"]:
        raise CheckFailed(_sentence(result, findings))


def _show(workspace: Workspace, console, result: dict, findings: list, model) -> None:
    from porting.parity.html import write_html
    from porting.parity.terminal import show_verdict

    show_verdict(console, result, findings, model)
    write_report(workspace.reports, "parity", result)
    write_html(workspace.reports / "parity.html", result, findings, model)
    console.print("reports/parity.html, reports/parity.json", style="dim", highlight=False)
    if result["passed"]:
        other = "stand-in for the original" if workspace.has_standin else "original"
        console.print(f"[green]the port is the {other}, to {result['max_abs_diff']:.1e}[/]", highlight=False)


def compare(workspace: Workspace, arguments: argparse.Namespace, show) -> tuple[dict, list, object]:
    """The content of reports/parity.json, the findings with their tensors, and the port that was compared."""
    from porting.conversion.declared import load_rules
    from porting.parity.alignment import align
    from porting.parity.findings import check_cache, check_loss, localise
    from porting.parity.likeness import Watching
    from porting.parity.memory import unmap_what_is_freed
    from porting.parity.origins import find_origins
    from porting.parity.outputs import compare_outputs
    from porting.parity.port import load_port
    from porting.parity.spread import processes, spread_of
    from porting.parity.steps import fresh_conversion, fresh_trace
    from porting.parity.stored_names import stored_names

    started = time.perf_counter()
    unmap_what_is_freed()
    show("reading the rules")
    rules = load_rules(workspace)
    trace = fresh_trace(workspace, arguments.trace, show)
    converted = fresh_conversion(workspace, arguments.converted, trace, show)
    show("loading the port")
    model = load_port(workspace, rules.PORT_CLASS, converted, arguments.device_map)
    _refuse_not_finite(trace)
    origins = find_origins(model, rules.RULES, trace.weights, stored_names(workspace, trace.weights))
    show("comparing final outputs")
    calls = Watching(model)  # of the first run, so that none has to be made for them
    try:
        outputs = compare_outputs(model, trace, watch={trace.batches[0]: calls})
        if getattr(model, "_supports_sdpa", False):
            outputs += compare_outputs(model, trace, "sdpa")
    except LookupError as error:
        raise CannotRun(f"{error}; let adapter.forward return what {rules.PORT_CLASS} returns") from error
    except Exception as error:  # whatever the porter's code raises is the finding
        spread = f" in {processes()} processes (do they divide its heads?)" if processes() > 1 else ""
        raise CheckFailed(
            f"the port does not run on the adapter's inputs{spread}: {_where(error, workspace)}"
        ) from error
    alignment = align(model, origins, trace, getattr(rules, "ALIGN", {}), calls.sights)
    verdict = localise(model, trace, alignment, workspace.root, show)
    if not verdict.findings and (loss := check_loss(model, trace, outputs, workspace.root)):
        verdict.findings.append(loss)
    show("generating with and without the cache")
    if not verdict.findings and (cache := check_cache(model, trace, workspace.root)):
        verdict.findings.append(cache)
    largest = max(output.max_abs_diff for output in outputs)
    within = all(output.max_abs_diff <= arguments.tolerance for output in outputs)
    result = {
        "schema": SCHEMA,
        "passed": within and not verdict.findings,
        "max_abs_diff": as_number(largest, 6),
        "tolerance": arguments.tolerance,
        "outputs": [output.as_json() for output in outputs],
        "coverage": _coverage(model, verdict.alignment),
        "findings": [finding.as_json() for finding in verdict.findings],
        "set_aside": verdict.set_aside,
        "original": {name: trace.record[name] for name in ("framework", "versions", "never_called")},
        "original_dtype": str(trace.original_dtype).removeprefix("torch."),
        "spread": spread_of(model),
        "places": [_place(each) for each in verdict.measurements],
        "seconds": round(time.perf_counter() - started, 1),
    }
    return result, verdict.findings, model


def _where(error: Exception, workspace: Workspace) -> str:
    """The error in one line, with the last line of the workspace's own source that it passed."""
    text = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
    own = [
        frame for frame in traceback.extract_tb(error.__traceback__) if str(workspace.root / "src") in frame.filename
    ]
    return f"{text} ({describe_line(workspace, Path(own[-1].filename), own[-1].lineno)})" if own else text


def _coverage(model, alignment) -> dict:
    """Modules with weights, how many are aligned, and by which stage; then those without, and who answers for the rest."""
    holders = {path for path, module in model.named_modules() if path and any(True for _ in module.parameters())}
    links = {path: link for path, link in alignment.links.items() if path}
    aligned, total = len(holders & links.keys()), len(holders & links.keys()) + len(alignment.without)
    return {
        "share": round(aligned / total, 4) if total else 0.0,
        "aligned": aligned,
        "modules": total,
        "without": alignment.without,
        "by": {how: sum(link.how == how for link in links.values()) for how in STAGES},
        "weightless": {"aligned": sorted(links.keys() - holders), "without": alignment.weightless},
        "answering": {path: alignment.answering(path) for path in (*alignment.without, *alignment.weightless)},
    }


def _place(measurement) -> dict:
    place = measurement.place
    return {
        "batch": place.batch,
        "call": place.call,
        "side": place.side,
        "difference": as_number(measurement.difference),
        "noise": as_number(measurement.noise),
    }


def _refuse_not_finite(trace) -> None:
    first = trace.record.get("first_nan")
    if first and any(
        bool(trace.tensor(entry).isnan().any()) for batch in trace.batches for entry in trace.outputs(batch).values()
    ):
        raise CannotRun(
            f"the original itself makes NaN, first in {first}; mend its inputs or load_model in original/adapter.py"
        )


def _sentence(result: dict, findings: list) -> str:
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        return f"{findings[0].port_module or 'the model itself'}: {findings[0].cause}{more}"
    worst = max(result["outputs"], key=lambda output: math.inf if (found := output["max_abs_diff"]) is None else found)
    return (
        f"{worst['name']} of batch {worst['batch']} differs by {worst['max_abs_diff']} with {worst['attention']} "
        f"attention, more than {result['tolerance']:g}, though every module alone agrees" + _of_its_precision(result)
    )


def _of_its_precision(result: dict) -> str:
    if result["original_dtype"] == "float32":
        return ""
    largest = max((output["max_abs_diff"] or 0.0 for output in result["outputs"]), default=0.0)
    return (
        f"; the original computed in {result['original_dtype']}: let load_model give it in 32 bits, or allow for it "
        f'with ARGS="--tolerance {10 ** math.ceil(math.log10(largest or 1)):g}"'
    )
