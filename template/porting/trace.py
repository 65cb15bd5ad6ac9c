"""Run the original on the adapter's inputs, in its own environment, and write one trace of every module."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from porting.errors import CannotRun
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", type=Path, help="the original's checkpoint (default: CHECKPOINT of the adapter)"
    )


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    record = trace_original(workspace, arguments.checkpoint)
    calls = sum(len(batch["calls"]) for batch in record["batches"].values())
    print(
        f"{calls} calls of {len(record['modules'])} modules on {len(record['batches'])} batches traced with "
        f"{record['framework']} {record['versions'][record['framework']] if record['framework'] != 'other' else ''}: "
        f"reports/trace.safetensors, {record['bytes'] / 1e6:.1f} MB, {record['seconds']:.1f} s"
    )


def trace_original(workspace: Workspace, checkpoint: Path | None = None) -> dict:
    """Run `original/tracer.py` with the interpreter ORIGINAL_PYTHON names (default: this one); return `trace.json`.

    Raises CannotRun if the interpreter or the adapter does not work; what the tracer said is passed on as it comes.
    """
    interpreter = os.environ.get("ORIGINAL_PYTHON") or sys.executable
    if shutil.which(interpreter) is None:
        raise CannotRun(f"ORIGINAL_PYTHON is {interpreter!r}, which is no program; name the original's interpreter")
    command = [interpreter, str(workspace.root / "original" / "tracer.py"), "--output", str(trace_path(workspace))]
    if checkpoint is not None:
        command += ["--checkpoint", str(checkpoint)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=workspace.root, env=environment, check=False)
    if done.returncode:
        next_step = "mend original/adapter.py and try again"
        if not os.environ.get("ORIGINAL_PYTHON"):
            next_step += f", or set ORIGINAL_PYTHON to the original's interpreter ({interpreter} ran it)"
        raise CannotRun(f"the original could not be traced (its words are above); {next_step}")
    return json.loads(trace_path(workspace).with_suffix(".json").read_text(encoding="utf-8"))


def trace_path(workspace: Workspace) -> Path:
    """Where the trace is, without suffix."""
    return workspace.reports / "trace"


def is_stale(workspace: Workspace, record: dict) -> str:
    """Why a trace no longer shows what the adapter would run, or an empty string."""
    tracer = _load_tracer(workspace)
    if record.get("sources") != tracer.fingerprint_sources(workspace.root / "original"):
        return "a file in original/ changed since"
    checkpoint = workspace.root / record.get("checkpoint", {}).get("path", "")
    if not checkpoint.exists():
        return ""  # traced elsewhere, or the checkpoint was put away: the trace still stands
    if record["checkpoint"]["fingerprint"] != tracer.fingerprint_files(checkpoint):
        return "the original's checkpoint changed since"
    return ""


def _load_tracer(workspace: Workspace):
    import importlib.util

    spec = importlib.util.spec_from_file_location("port_tracer", workspace.root / "original" / "tracer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
