"""Compare the original's ids with the port's on real and generated texts, and show the first text that differs."""

import argparse
import os
from functools import partial
from pathlib import Path

from porting import mount
from porting.errors import CannotRun, CheckFailed
from porting.reports import write_report
from porting.workspace import here


SCHEMA = 1
KEPT = 50  # differences in the report
LEAST = 30  # fewer texts prove nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tokenizer", type=Path, help="folder of the port's tokenizer (default: converted/)")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    if workspace.answers.get("tokenizer") == "none":
        raise CannotRun("tokenizer is none among the answers: the model reads no text, so there is nothing to compare")
    mount.install(workspace.root)
    from rich.console import Console

    from porting.tokenizer_parity.compare import compare, what_they_share
    from porting.tokenizer_parity.port import load_tokenizer
    from porting.tokenizer_parity.terminal import show_counts, show_difference
    from porting.tokenizer_parity.texts import make_texts

    console = Console(width=80 if not Console().is_terminal else None)
    tokenizer, folder = load_tokenizer(workspace, arguments.tokenizer)
    compared = compare(workspace, tokenizer, make_texts(tokenizer))
    pieces = partial(_pieces, tokenizer)
    taken = [each for each in compared if not each.refused]
    if len(taken) < LEAST:
        refused = next(each for each in compared if each.refused)
        raise CannotRun(
            f"the original takes only {len(taken)} of {len(compared)} texts ({refused.text[:20]!r}: {refused.refused}); "
            "mend tokenize in original/adapter.py, or let its example_texts() return texts that the original takes"
        )
    differing = [each for each in taken if not each.equal]
    result = {
        "schema": SCHEMA,
        "passed": not differing,
        "tokenizer": type(tokenizer).__name__,
        "folder": os.path.relpath(folder, workspace.root),
        "texts": len(compared),
        "refused": len(compared) - len(taken),
        "compared": len(taken),
        "equal": len(taken) - len(differing),
        "shared": what_they_share(differing, pieces),
        "kinds": _counts(compared),
        "differences": [_as_json(each, pieces) for each in differing[:KEPT]],
    }
    write_report(workspace.reports, "tokenizer-parity", result)
    console.print(f"{result['tokenizer']} of {result['folder']}", highlight=False)
    show_counts(console, result["kinds"])
    if differing:
        show_difference(console, differing[0], pieces)
    if result["shared"]:
        console.print(f"   in all of them {result['shared']}", markup=False, highlight=False)
    console.print("reports/tokenizer-parity.json", style="dim", highlight=False)
    if differing:
        first = differing[0].text[:40]
        raise CheckFailed(f"{len(differing)} of {len(taken)} texts have other ids; the first is {first!r}")
    refused = f"; the original takes no others of {len(compared)}" if result["refused"] else ""
    console.print(f"[green]{len(taken)} texts have equal ids[/]{refused}", highlight=False)


def _pieces(tokenizer, ids: tuple[int, ...]) -> list[str]:
    """The pieces of the port's vocabulary with these ids, `?` for an id it does not have."""
    return [str(tokenizer.convert_ids_to_tokens(token)) if 0 <= token < len(tokenizer) else "?" for token in ids]


def _counts(compared: list) -> dict[str, dict]:
    kinds: dict[str, dict] = {}
    for each in compared:
        counts = kinds.setdefault(each.kind, {"texts": 0, "refused": 0, "equal": 0})
        counts["texts"] += 1
        counts["refused"] += bool(each.refused)
        counts["equal"] += each.equal and not each.refused
    return kinds


def _as_json(each, pieces) -> dict:
    return {
        "kind": each.kind,
        "text": each.text,
        "place": each.place,
        "original_ids": each.original,
        "port_ids": each.port,
        "original_pieces": pieces(each.original),
        "port_pieces": pieces(each.port),
        "failed": each.failed,
    }
