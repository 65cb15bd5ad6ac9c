"""What probably caused a difference, read off the tensors at the guilty place."""

from porting.parity.causes import (
    activation,
    attention,
    embedding,
    linear,
    norm,
    other_places,
    positions,
    randomness,
    sums,
    values,
)
from porting.parity.causes.cause import UNKNOWN, Cause
from porting.parity.measure import Evidence, Measurement


__all__ = ["Cause", "explain"]

# Each takes (evidence, model) and returns a Cause or None. The most telling come first.
OF_A_LEAF = (
    values.not_a_number,
    randomness.dropout,
    values.rounded_weights,
    embedding.explain,
    positions.of_table,
    norm.explain,
    linear.explain,
    activation.of_module,
    values.explain,
)
OF_CODE = (
    values.not_a_number,
    attention.explain,
    activation.between_modules,
    sums.explain,
    randomness.dropout,
    norm.between_modules,
    positions.explain,
    values.explain,
    other_places.explain,
)


def explain(evidence: Evidence, model, measurement: Measurement) -> Cause:
    """The first signature that fits the evidence; UNKNOWN, with where it differs, if none does."""
    module = model.get_submodule(evidence.place.path) if evidence.place.path else model
    leaf = evidence.place.side == "output" and not any(True for _ in module.children())
    for signature in OF_A_LEAF if leaf else OF_CODE:
        cause = signature(evidence, model)
        if cause is not None:
            return cause
    return randomness.between_runs(measurement) or Cause(
        UNKNOWN, values.describe(evidence), {"relative_difference": measurement.difference / (measurement.scale or 1)}
    )
