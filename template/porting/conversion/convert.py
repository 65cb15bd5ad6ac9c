"""Convert the original's checkpoint into the port's, checked weight by weight; BACK=1 goes the other way."""

import argparse
from pathlib import Path

from porting import mount
from porting.conversion.back import convert_back
from porting.conversion.digest import remember_digest
from porting.errors import CannotRun, CheckFailed
from porting.reports import write_report
from porting.workspace import Workspace, here


DTYPES = ("float32", "float16", "bfloat16", "float64")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, help="the original's: a file or directory (default: the adapter's)")
    parser.add_argument("--out", type=Path, help="folder to write (default: converted/, or restored/ with --back)")
    parser.add_argument("--back", action="store_true", help="restore the original's names and layout from converted/")
    parser.add_argument("--dtype", choices=DTYPES, help="cast the floating weights (default: keep each one's own)")
    parser.add_argument("--key", help="the entry of a nested file that holds the weights, e.g. ema")
    parser.add_argument("--shard-size", type=float, default=5, metavar="GB", help="largest file to write (default: 5)")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    mount.install(workspace.root)
    if arguments.shard_size <= 0:
        raise CannotRun(f"--shard-size is {arguments.shard_size}; it has to be more than 0 GB")
    if arguments.back:
        convert_back(workspace, arguments)
    else:
        convert(workspace, arguments)


def convert(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Pass one, and if it finds nothing wrong, pass two. Raises CheckFailed for what pass one finds."""
    import torch

    from porting.conversion import findings as table
    from porting.conversion.appearing import appearing
    from porting.conversion.declared import default_checkpoint, hyperparameters, read_declared, write_standin
    from porting.conversion.plan import make_plan
    from porting.conversion.port import build_port
    from porting.conversion.report import describe, log_rows
    from porting.conversion.shards import plan_shards
    from porting.conversion.sources import open_checkpoint
    from porting.conversion.stream import stream
    from porting.terminal import progress_of_bytes

    declared = read_declared(workspace)
    path = arguments.checkpoint or default_checkpoint(workspace)
    write_standin(workspace, path)
    checkpoint = open_checkpoint(path, arguments.key)
    for note in checkpoint.notes:
        print(f"note: {note}")
    dtype = getattr(torch, arguments.dtype) if arguments.dtype else None
    port, findings = build_port(declared, hyperparameters(declared, path))
    plan = make_plan(declared, checkpoint, port, dtype)
    findings += plan.findings
    report = describe(declared, checkpoint, plan)
    if findings:
        table.show(findings)
        report["findings"] = [vars(finding) for finding in findings]
        write_report(workspace.reports, "convert", {"passed": False, **report})
        raise CheckFailed(f"{len(findings)} problems, listed above; nothing was written")

    out = arguments.out or workspace.root / "converted"
    shards = plan_shards(plan, int(arguments.shard_size * 1e9))
    with appearing(out, plan.nbytes) as folder, progress_of_bytes(plan.nbytes) as advance:
        warnings, weights_digest = stream(port, folder, shards, dtype, advance)
        _write_configuration(port, plan, folder)
    for row in log_rows(report):
        print(row)
    if warnings:
        table.show(warnings)
    report["warnings"] = [vars(warning) for warning in warnings]
    write_report(
        workspace.reports, "convert", {"passed": True, "out": str(out), "weights_digest": weights_digest, **report}
    )
    remember_digest(out, weights_digest, workspace.reports)
    print(f"{len(plan.targets)} weights, {plan.nbytes / 1e6:.1f} MB, from {path} to {out}")


def _write_configuration(port, plan, folder: Path) -> None:
    """config.json and, for a model that generates, generation_config.json; the dtype is that of most bytes."""
    sizes: dict = {}
    for target in plan.targets:
        if target.dtype.is_floating_point:
            sizes[target.dtype] = sizes.get(target.dtype, 0) + target.nbytes
    if sizes:
        port.config.dtype = max(sizes, key=sizes.get)
    port.config.save_pretrained(folder)
    if port.model.can_generate():
        port.model.generation_config.save_pretrained(folder)
