"""Propose conversion rules from the original's and the port's names and shapes, and say how sure each one is."""

import argparse
from pathlib import Path

from porting import mount
from porting.reports import write_report
from porting.workspace import Workspace, here


PROPOSED = Path("conversion") / "proposed_rules.py"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, help="the original's: a file or directory (default: the adapter's)")
    parser.add_argument("--key", help="the entry of a nested file that holds the weights, e.g. ema")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    mount.install(workspace.root)
    propose(workspace, arguments)


def propose(workspace: Workspace, arguments: argparse.Namespace) -> None:
    """Write `conversion/proposed_rules.py` and print what is sure, unsure and left."""
    from porting.conversion.declared import default_checkpoint, hyperparameters, read_declared, write_standin
    from porting.conversion.port import build_port, unread
    from porting.conversion.propose.proposal import make_proposal
    from porting.conversion.sources import open_checkpoint

    declared = read_declared(workspace)
    path = arguments.checkpoint or default_checkpoint(workspace)
    write_standin(workspace, path)
    checkpoint = open_checkpoint(path, arguments.key)
    found = hyperparameters(declared, path)
    port, _ = build_port(declared, found)
    proposal = make_proposal(checkpoint, port, unread(declared, found))

    print(f"sure: {len(proposal.sure)} of {len(checkpoint.weights)} weights of the original")
    for doubt, names in proposal.unsure.items():
        print(f"unsure: {len(names)} weights: {doubt}")
        for name in names:
            print(f"    {name} -> {', '.join(proposal.made[name])}")
    for pattern, reason in proposal.dropped.items():
        print(f"to drop: {pattern}: {reason}")
    for name in proposal.left:
        print(f"left: {name} {list(checkpoint.weights[name].shape)} of the original has no counterpart")
    for name in proposal.port_left:
        print(f"left: {name} {list(port.weights[name].shape)} of the port has no source")
    unknown = [name for name in proposal.unread if name not in declared.built_in]
    if unknown:
        print(f"nobody reads: {len(unknown)} hyper-parameters; {PROPOSED} has them as BUILT_IN")
    if "rope_parameters" in port.config.to_dict():
        print("note: whether rotary halves or pairs are turned shows in no shape; make parity tells")
    target = workspace.root / PROPOSED
    target.write_text(proposal.text, encoding="utf-8")
    write_report(workspace.reports, "rules", proposal.as_dict())
    print(f"{PROPOSED} is written; take over into conversion/rules.py what holds. What is unsure, make parity settles")
