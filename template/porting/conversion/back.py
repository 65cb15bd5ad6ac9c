"""`make convert BACK=1`: restore the original from the converted checkpoint, and compare the two bit by bit."""

import argparse

from porting.errors import CannotRun, CheckFailed
from porting.reports import write_report
from porting.workspace import Workspace


def convert_back(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write `original.safetensors`. Raises CheckFailed if a weight cannot be restored, or differs from the original."""
    from porting.conversion.appearing import appearing
    from porting.conversion.declared import default_checkpoint, read_declared
    from porting.conversion.plan import dropped_names
    from porting.conversion.restore import RESTORED, compare, open_converted, restore, restore_tied, write
    from porting.conversion.sources import open_checkpoint

    if arguments.dtype:
        raise CannotRun("DTYPE= has no meaning with BACK=1: a cast cannot be undone")
    declared = read_declared(workspace)
    folder = arguments.checkpoint or workspace.root / "converted"
    out = arguments.out or workspace.root / "restored"
    port, converted = open_converted(folder, declared)
    restoration = restore(declared, converted, port)
    for name, reason in restoration.failed.items():
        print(f"not invertible: {name}: {reason}")

    original = default_checkpoint(workspace)
    comparison = None
    if original.exists():
        before = open_checkpoint(original, arguments.key)
        restore_tied(restoration, converted, port, before)
        comparison = compare(restoration, before, dropped_names(declared, before))
        _print(comparison)
    if restoration.weights:
        with appearing(out, converted.nbytes, ours=(RESTORED,)) as scratch:
            write(restoration, scratch)
        print(f"{len(restoration.weights)} weights restored, from {folder} to {out / RESTORED}")

    different = comparison.different if comparison else {}
    lost = comparison.lost if comparison else []
    passed = not restoration.failed and not different and not lost
    report = {
        "converted": str(folder),
        "out": str(out),
        "not_invertible": restoration.failed,
        "original": str(original),
    }
    report["comparison"] = vars(comparison) if comparison else None
    write_report(workspace.reports, "convert-back", {"passed": passed, **report})
    if restoration.failed:
        raise CheckFailed(f"{len(restoration.failed)} rules or weights have no way back, listed above")
    if different or lost:
        raise CheckFailed(f"{len(different)} weights differ from {original} and {len(lost)} are lost, listed above")
    if comparison is None:
        print(f"not compared: {original} is not there")


def _print(comparison) -> None:
    for name, how in comparison.different.items():
        print(f"differs: {name}: {how}")
    for name in comparison.lost:
        print(f"lost: {name}: no reversed rule makes it; a renaming lost a part of its name")
    for name, reason in comparison.dropped.items():
        print(f"not restored: {name}: dropped, {reason}")
    for name in comparison.extra:
        print(f"new: {name}: the original has no such weight")
    print(f"{len(comparison.equal)} weights equal the original's in every bit")
