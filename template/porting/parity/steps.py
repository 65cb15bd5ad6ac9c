"""The steps before the comparison, done again where they are missing or stale."""

import argparse
import contextlib
import io
import json
from pathlib import Path

from porting.conversion.digest import known_digest
from porting.errors import CannotRun, CheckFailed
from porting.parity.trace_file import Trace
from porting.trace import is_stale, trace_original, trace_path
from porting.workspace import Workspace


def fresh_trace(workspace: Workspace, given: Path | None, show) -> Trace:
    """The trace to compare with: the one named, as it is, or the workspace's own, made anew where it is stale.

    Raises CannotRun for a named trace that shows other inputs than the adapter's now.
    """
    if given is not None:
        trace = Trace(given.with_suffix("") if given.suffix in (".json", ".safetensors") else given)
        reason = is_stale(workspace, trace.record)
        if reason:
            raise CannotRun(
                f"{given} is a trace of something else: {reason}; run `make trace`, or take the file it fits"
            )
        return trace
    path = trace_path(workspace)
    try:
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        reason = is_stale(workspace, record)
    except FileNotFoundError:
        reason = "there is no trace yet"
    except (ValueError, KeyError):
        reason = "the trace was cut short"
    if reason:
        show(f"tracing the original: {reason}")
        trace_original(workspace)
    return Trace(path)


def fresh_conversion(workspace: Workspace, given: Path | None, trace: Trace, show) -> Path:
    """The folder of the port's checkpoint: the one named, or `converted/`, made anew where it is missing or stale.

    Raises CannotRun for weights that are not what `make convert` wrote from the checkpoint that was traced.
    """
    converted = given or workspace.root / "converted"
    checkpoint = Path(trace.record["checkpoint"]["path"])
    if given is None and (reason := _why_convert(workspace, converted, checkpoint)):
        show(f"converting: {reason}")
        _convert(workspace, checkpoint)
    _refuse_other_weights(workspace, converted, checkpoint)
    return converted


def _refuse_other_weights(workspace: Workspace, converted: Path, checkpoint: Path) -> None:
    report = _conversion_report(workspace)
    if "weights_digest" not in report:
        raise CannotRun(f"nothing tells what {converted.name}/ was converted from; run `make convert`")
    if not _same_checkpoint(report, checkpoint, workspace):
        raise CannotRun(
            f"{converted.name}/ was converted from {report['checkpoint']}, and the trace shows {checkpoint}; "
            "run `make convert`"
        )
    if known_digest(converted, workspace.reports) != report["weights_digest"]:
        raise CannotRun(
            f"the weights in {converted.name}/ are not those that `make convert` wrote from {report['checkpoint']}; "
            "run `make convert`"
        )


def _conversion_report(workspace: Workspace) -> dict:
    try:
        return json.loads((workspace.reports / "convert.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def _why_convert(workspace: Workspace, converted: Path, checkpoint: Path) -> str:
    """Why `converted/` has to be made again, or an empty string. What it is made from must not be younger than it."""
    made = converted / "config.json"
    if not made.is_file():
        return "there is no converted checkpoint yet"
    report = _conversion_report(workspace)
    if "weights_digest" not in report:
        return "nothing tells what it was converted from"
    if not _same_checkpoint(report, checkpoint, workspace):
        return "it was converted from another checkpoint"
    sources = [
        *(workspace.root / "conversion").rglob("*.py"),
        workspace.model_dir / f"configuration_{workspace.model_type}.py",
        *(checkpoint.rglob("*") if checkpoint.is_dir() else [checkpoint]),
    ]
    younger = [
        source for source in sources if source.is_file() and source.stat().st_mtime_ns > made.stat().st_mtime_ns
    ]
    return f"{younger[0].name} is younger than it" if younger else ""


def _same_checkpoint(report: dict, checkpoint: Path, workspace: Workspace) -> bool:
    converted_from = (workspace.root / report["checkpoint"]).resolve()
    return checkpoint.resolve() in (converted_from, *converted_from.parents)


def _convert(workspace: Workspace, checkpoint: Path) -> None:
    from porting.conversion import convert

    parser = argparse.ArgumentParser()
    convert.add_arguments(parser)
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            convert.convert(workspace, parser.parse_args(["--checkpoint", str(checkpoint)]))
    except CheckFailed as error:
        print(said.getvalue(), end="")
        raise CannotRun(
            f"the checkpoint cannot be converted: {error}; mend conversion/rules.py, see `make convert`"
        ) from error
