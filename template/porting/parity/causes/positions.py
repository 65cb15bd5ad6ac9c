"""Signatures of position tables: a difference that depends on the position alone."""

import math

import torch

from porting.parity.causes.cause import Cause, close, number
from porting.parity.measure import Evidence
from porting.parity.spread import weight_of


def explain(evidence: Evidence, model) -> Cause | None:
    """The port adds another position vector than the original: missing, shifted, or sinusoids in another order."""
    port, original = evidence.port, evidence.original
    if port.ndim != 3 or port.shape[0] < 2:
        return None
    difference = original - port
    valid = evidence.valid if evidence.valid is not None else torch.ones(port.shape[:2], dtype=torch.bool)
    length = int(valid.all(0).sum())
    common = difference[:, :length]
    if length < 2 or not close(common, common[:1].expand_as(common), 1e-4):
        return None
    by_position = common[0]
    ours_or_theirs = _table_difference(by_position)
    if ours_or_theirs is not None:
        return _sinusoids(*ours_or_theirs)
    for path, module in model.named_modules() if model is not None else ():
        if isinstance(module, torch.nn.Embedding) and module.weight.shape[0] >= length:
            if close(weight_of(module)[:length].to(by_position.dtype), by_position, 1e-4):
                return Cause(
                    "term_missing",
                    f"the port leaves out the vectors of {path}, which the original adds",
                    {"table": path},
                )
    largest = float(by_position.abs().max())
    return Cause(
        "positions",
        f"the difference depends on the position alone (largest {number(largest)}): the position vectors",
        {"largest": largest},
    )


def of_table(evidence: Evidence, model) -> Cause | None:
    """Both sides look up sinusoids, whose features come in another order."""
    port, original = evidence.port, evidence.original
    if port.ndim != 3 or port.shape[2] % 2:
        return None
    length = int(evidence.valid.all(0).sum()) if evidence.valid is not None else port.shape[1]
    if length < 2:
        return None
    tables = sinusoid_tables(length, port.shape[2], port.dtype)
    theirs, ours = (
        next((name for name, table in tables.items() if table.any() and close(table, side[0, :length], 1e-4)), None)
        for side in (original, port)
    )
    return _sinusoids(theirs, ours) if theirs and ours and theirs != ours else None


def _sinusoids(theirs: str, ours: str) -> Cause:
    return Cause(
        "sinusoids", f"the original adds sinusoids {theirs}, the port {ours}", {"original": theirs, "port": ours}
    )


def sinusoid_tables(length: int, width: int, dtype=torch.float64) -> dict[str, torch.Tensor]:
    """The usual (length, width) tables by what sets them apart."""
    tables = {"left out": torch.zeros(length, width, dtype=dtype)}
    for offset in (0, 1, 2):
        positions = torch.arange(offset, offset + length, dtype=dtype)[:, None]
        for divisor, note in ((width // 2, ""), (max(width // 2 - 1, 1), ", divided by half - 1")):
            frequencies = torch.exp(-math.log(10000.0) * torch.arange(width // 2, dtype=dtype) / divisor)
            sine, cosine = (positions * frequencies).sin(), (positions * frequencies).cos()
            shift = f" from position {offset}" if offset else ""
            tables[f"sines then cosines{note}{shift}"] = torch.cat([sine, cosine], -1)
            tables[f"sines and cosines in turn{note}{shift}"] = torch.stack([sine, cosine], -1).flatten(1)
            tables[f"cosines then sines{note}{shift}"] = torch.cat([cosine, sine], -1)
    return tables


def _table_difference(by_position: torch.Tensor) -> tuple[str, str] | None:
    length, width = by_position.shape
    if width % 2:
        return None
    tables = sinusoid_tables(length, width, by_position.dtype)
    for theirs, added in tables.items():
        for ours, had in tables.items():
            if theirs != ours and close(added - had, by_position, 1e-4):
                return theirs, ours
    return None
