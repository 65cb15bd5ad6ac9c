"""The plain comparison: final outputs of the original and the port, element by element."""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass

import numpy as np

from porting.parity.replay import padding_masks, run_model
from porting.reports import as_number


@dataclass
class OutputComparison:
    """One final output of one batch, over real tokens. `would_pass` is the smallest tolerance that passes it."""

    batch: str
    name: str
    attention: str
    max_abs_diff: float
    mean_abs_diff: float
    p99_abs_diff: float
    would_pass: float

    def as_json(self) -> dict:
        return {key: as_number(value) for key, value in asdict(self).items()}


def compare_outputs(
    model,
    trace,
    attention: str = "eager",
    watch: dict[str, AbstractContextManager] | None = None,
) -> list[OutputComparison]:
    """Run the port as it is on every batch, with one attention implementation, and compare what both return.

    `watch` has contexts to run batches in, by their names. Raises LookupError where the port returns no output of a name the original has.
    """
    compared = []
    before = model.config._attn_implementation
    model.set_attn_implementation(attention)
    try:
        for batch in trace.batches:
            inputs = trace.inputs(batch)
            with (watch or {}).get(batch, nullcontext()):
                outputs = run_model(model, inputs)
            for name, entry in trace.outputs(batch).items():
                if name not in outputs:
                    raise LookupError(f"the port returns no {name} (it returns {', '.join(outputs)})")
                compared.append(
                    _compare(batch, name, attention, trace.tensor(entry), outputs[name], padding_masks(inputs))
                )
    finally:
        model.set_attn_implementation(before)
    return compared


def _compare(batch, name, attention, original, port, masks) -> OutputComparison:
    if original.shape != port.shape:
        raise LookupError(
            f"{name} of batch {batch} is {tuple(original.shape)} in the original, {tuple(port.shape)} in the port"
        )
    difference = (original - port).abs_().nan_to_num_(math.inf, math.inf)
    fitting = [mask for mask in masks if difference.shape[: mask.ndim] == mask.shape]
    if fitting:
        difference = difference[fitting[-1]]
    values = difference.flatten().numpy()
    largest = float(values.max())
    ninety_ninth = max(0, round(0.99 * len(values)) - 1)
    return OutputComparison(
        batch,
        name,
        attention,
        max_abs_diff=largest,
        mean_abs_diff=float(values.mean(dtype=np.float64)),
        p99_abs_diff=float(np.partition(values, ninety_ninth)[ninety_ninth]),
        would_pass=largest,
    )
