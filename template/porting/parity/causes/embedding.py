"""Signatures of a table of vectors."""

import torch

from porting.parity.causes import values
from porting.parity.causes.cause import Cause, close, maker_of, number, rows
from porting.parity.measure import Evidence
from porting.parity.spread import weight_of


def explain(evidence: Evidence, model) -> Cause | None:
    """Rows looked up k places away, rows in another order, a scale, a padding row that is zero."""
    module = model.get_submodule(evidence.place.path)
    if not isinstance(module, torch.nn.Embedding) or not evidence.given:
        return None
    ids = next((tensor for tensor in evidence.given if not tensor.is_floating_point()), None)
    if ids is None:
        return None
    original = rows(evidence.original, evidence.valid)
    port = rows(evidence.port, evidence.valid)
    table = weight_of(module).to(original.dtype)
    indices = _looked_up(table, port)
    if indices is None:  # it does more than looking up, or a row is there twice
        indices = _given(ids, evidence)
    if indices is None:
        return values.constant_ratio(port, original)
    return (
        _shifted(table, ids, indices, original, evidence)
        or values.constant_ratio(port, original)
        or _padding(indices, port, original)
        or _permuted(table, original, indices)
    )


def _given(ids, evidence: Evidence) -> torch.Tensor | None:
    """The ids as rows of the output; None where the module makes its indices of them itself, as BART's positions do."""
    shape = evidence.port.shape[:-1]
    if ids.ndim > len(shape) or any(own not in (1, size) for own, size in zip(ids.shape[::-1], shape[::-1])):
        return None
    indices = ids.expand(shape)
    is_masked = evidence.valid is not None and evidence.valid.shape == shape
    return indices[evidence.valid] if is_masked else indices.reshape(-1)


def _looked_up(table: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor | None:
    """For each wanted vector the row of `table` it is, or None if one is not there."""
    found = torch.cdist(wanted, table).argmin(1)
    return found if close(table[found], wanted) else None


def _shifted(table, ids, indices, original, evidence) -> Cause | None:
    found = _looked_up(table, original)
    if found is None:
        return None
    shifts = (found - indices).unique()
    if len(shifts) != 1 or not int(shifts[0]):
        return None
    shift = int(shifts[0])
    return Cause(
        "shifted_rows",
        f"the original looks up row i{shift:+d} where the port looks up row i: positions are shifted by {abs(shift)}",
        {"shift": shift},
        module=maker_of(ids, evidence),
    )


def _padding(indices, port, original) -> Cause | None:
    wrong = (port - original).abs().amax(1) > 1e-6 * float(original.abs().max())
    which = indices[wrong].unique()
    if len(which) == 1 and not port[wrong].any():
        return Cause("padding_row", f"row {int(which)} is zero in the port only: padding_idx", {"row": int(which)})
    if len(which) == 1:
        return Cause("one_row", f"only row {int(which)} of the table differs", {"row": int(which)})
    return None


def _permuted(table, original, indices) -> Cause | None:
    found = _looked_up(table, original)
    if found is None:
        return None
    share = float((found != indices).double().mean())
    return Cause(
        "row_order",
        f"the table has the original's rows in another order ({number(100 * share)} % of the tokens)",
        {"share": share},
    )
