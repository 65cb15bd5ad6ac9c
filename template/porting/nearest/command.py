"""Rank the models of the installed Transformers by how well the checkpoint fits them, with what differs."""

import argparse
from pathlib import Path

from porting.errors import CannotRun
from porting.reports import as_number, write_report
from porting.terminal import allow_any_sign
from porting.workspace import Workspace, here


SCHEMA = 1
DRAFT = "nearest_config.py"
_REPORTED = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--checkpoint", type=Path, help="the original's: a file or directory (default: the adapter's)")
    parser.add_argument("--key", help="the entry of a nested file that holds the weights, e.g. ema")
    parser.add_argument("--exclude", metavar="TYPES", help="model types to leave out, with commas between")
    parser.add_argument("--types", help="rank these model types only, with commas between; the cache is not used")
    parser.epilog = "The same is written to reports/nearest.json, with all that is not shown."


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    rendered = (workspace.root / ".copier-answers.yml").is_file()
    path = _checkpoint(workspace, arguments.checkpoint, rendered)

    from porting.conversion.sources import open_checkpoint
    from porting.nearest.describe import describe
    from porting.nearest.index import load_index
    from porting.nearest.rank import check, rank_description
    from porting.nearest.show import show
    from porting.nearest.traced import by_trace, traced_classes
    from porting.trace import trace_path

    checkpoint = open_checkpoint(path, arguments.key)
    shapes = {name: weight.shape for name, weight in checkpoint.weights.items()}
    found = describe(shapes)
    check(found)
    index = load_index(_names(arguments.types) or None)
    rows = rank_description(found, index, _names(arguments.exclude))
    classes = traced_classes(trace_path(workspace)) if rendered else []
    report = content(path, shapes, found, rows, index) | {"trace": by_trace(rows[0], classes)}
    if rendered:
        write_report(workspace.reports, "nearest", report)
        draft = workspace.reports / DRAFT
        draft.write_text(report.pop("draft"), encoding="utf-8")
    allow_any_sign()
    show(report, workspace if rendered else None)


def _names(given: str | None) -> list[str]:
    """Model types as the table of models writes them. Raises CannotRun for one that it has not."""
    from porting.base import table

    found = []
    for name in filter(None, map(str.strip, (given or "").split(","))):
        known = table.find(name)
        if known is None:
            hint = f"; near it are {', '.join(near)}" if (near := table.closest(name)) else ""
            raise CannotRun(f"{name!r} is no model of Transformers{hint}; mend TYPES= or EXCLUDE=")
        found.append(known.model_type)
    return found


def _checkpoint(workspace: Workspace, given: Path | None, rendered: bool) -> Path:
    if rendered:
        from porting.conversion.declared import default_checkpoint, write_standin

        path = given or default_checkpoint(workspace)
        write_standin(workspace, path)
        return path
    if given is None:
        raise CannotRun("no checkpoint is named; give the file or directory: nox -s nearest -- FILE")
    return given


def content(path: Path, shapes: dict, found, rows: list, index) -> dict:
    """What reports/nearest.json holds. `rows` are the best, each with the types that cannot be told apart by weights;
    the first few are explained."""
    from porting.base import table
    from porting.nearest.config import draft, propose
    from porting.nearest.explain import cannot_tell, explain, parts

    head = table.find(rows[0].types[0])
    kind = head.kind if head else "other"
    made = [propose(found, row) for row in rows[:3]]
    listed = []
    for number, row in enumerate(rows[:_REPORTED]):
        told = explain(found, row)
        listed.append(
            {
                "types": list(row.types),
                "score": as_number(row.score, 4),
                "class": row.entry.class_name,
                "options": row.options,
                "settled": as_number(told.settled),
                "fits": told.fits,
                "differs": told.differs,
                "beyond": told.beyond,
                "lacks": told.lacks,
                "config": made[number].values if number < len(made) else None,
                "not_read": made[number].unread if number < len(made) else None,
                "notes": made[number].notes if number < len(made) else None,
            }
        )
    return {
        "schema": SCHEMA,
        "transformers": index.release,
        "checkpoint": str(path),
        "weights": len(shapes),
        "layers": [
            {"names": layers.template.strip("."), "count": layers.count, "kinds": len(layers.kinds)}
            for layers in found.lists
        ],
        "kind": kind,
        "rows": listed,
        "parts": parts(found, rows),
        "read_in_the_code": cannot_tell(found, kind),
        "left_out": index.left_out,
        "draft": draft(made[0], rows[0].types[0]),
    }
