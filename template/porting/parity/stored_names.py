"""The names of the original's weights in its checkpoint: loading code often changes them, mostly by a prefix."""

import json
from collections import defaultdict

from porting.workspace import Workspace


def stored_names(workspace: Workspace, weights: dict[str, dict]) -> dict[str, str]:
    """Name in the original's model -> name in the checkpoint that was converted, where the two differ.

    `weights` are those of the trace (name -> {"shape": ...}). A weight has another name in the checkpoint if just one
    of its weights has the same shape and a name that ends with the other name (`encoder.embed.weight`, `embed.weight`).
    """
    stored = _stored_shapes(workspace)
    by_end = defaultdict(list)
    for name in stored:
        for end in _ends(name):
            by_end[end].append(name)
    renamed = {}
    for name, weight in weights.items():
        candidates = by_end[name] or [end for end in _ends(name) if end in stored]
        same = [candidate for candidate in candidates if stored[candidate] == list(weight["shape"])]
        if name not in stored and len(same) == 1:
            renamed[name] = same[0]
    return renamed


def _stored_shapes(workspace: Workspace) -> dict[str, list[int]]:
    """Name -> shape of each weight that `make convert` used, or nothing if it left no report."""
    try:
        report = json.loads((workspace.reports / "convert.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    sources = [source for weight in report.get("weights", []) for source in weight["sources"]]
    return {source["name"]: source["shape"] for source in sources}


def _ends(name: str) -> list[str]:
    """`a.b.c` -> `b.c`, `c`."""
    parts = name.split(".")
    return [".".join(parts[first:]) for first in range(1, len(parts))]
