"""Signatures of something that changes from run to run."""

from porting.parity.causes.cause import Cause, number, rows
from porting.parity.causes.sums import known_terms
from porting.parity.measure import Evidence, Measurement


def dropout(evidence: Evidence, model) -> Cause | None:
    """A share p of the values (or of one term of a sum) is zero in the port and the rest is 1 / (1 - p) too large."""
    port, original = rows(evidence.port, evidence.valid), rows(evidence.original, evidence.valid)
    terms = {"the values": original, **known_terms(evidence)}
    for term in terms.values():
        mask = term.abs() > 1e-3 * float(term.abs().max() or 1)
        if not mask.any():
            continue
        factor = ((port - original) / term)[mask]
        dropped = (factor + 1).abs() < 1e-3
        share = float(dropped.double().mean())
        if not 0.005 < share < 0.9:
            continue
        kept = factor[~dropped]
        expected = kept.median()
        if bool(((kept - expected).abs() < 1e-3).all()) and float(expected) > 0:
            probability = float(expected / (1 + expected))
            if abs(probability - share) < 0.1:
                return Cause(
                    "dropout",
                    f"dropout is active in the port (p = {number(probability)}) although it is in eval mode",
                    {"probability": probability, "share": share},
                )
    return None


def between_runs(measurement: Measurement) -> Cause | None:
    """The port's own runs on one input differ by more than rounding ever makes them."""
    if not measurement.is_random:
        return None
    return Cause(
        "dropout", "two runs of the port on the same input differ: dropout, or another draw, is active in eval mode"
    )
