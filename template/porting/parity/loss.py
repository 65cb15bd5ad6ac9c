"""The loss, where the adapter gives `labels` and returns a `loss`: which label does each position answer for?"""

from dataclasses import dataclass

import torch

from porting.parity.outputs import OutputComparison


# The mean of a few tokens' losses in 32 bits, added up in another order, agrees to some 1e-7 of its value.
LIMIT = 1e-5
SHIFTS = (0, 1, 2, -1)


@dataclass(frozen=True)
class LossDifference:
    """A loss that differs although the logits agree. A shift of k holds position i against the label at i + k."""

    batch: str
    original: float
    port: float
    original_shift: int | None
    port_shift: int | None

    @property
    def sentence(self) -> str:
        if self.original_shift is None or self.port_shift is None or self.original_shift == self.port_shift:
            return "the loss differs although the logits agree"
        return (
            f"the original holds the scores at i against the label at {_index(self.original_shift)}, "
            f"the port against the one at {_index(self.port_shift)}"
        )


def compare_loss(trace, outputs: list[OutputComparison]) -> LossDifference | None:
    """The first batch whose loss differs; None where the loss agrees, or none was given."""
    for output in outputs:
        if output.name != "loss" or "labels" not in trace.inputs(output.batch):
            continue
        original = trace.tensor(trace.outputs(output.batch)["loss"]).double()
        if original.numel() != 1 or output.max_abs_diff <= LIMIT * float(original.abs()):
            continue
        logits = trace.tensor(trace.outputs(output.batch)["logits"]).double()
        labels = trace.inputs(output.batch)["labels"]
        shifts = {shift: float(shifted_loss(logits, labels, shift)) for shift in SHIFTS}
        sides = [float(original) + sign * output.max_abs_diff for sign in (1, -1)]
        port = min(sides, key=lambda value: min(abs(value - loss) for loss in shifts.values()))
        return LossDifference(
            output.batch, float(original), port, _shift(float(original), shifts), _shift(port, shifts)
        )
    return None


def shifted_loss(logits: torch.Tensor, labels: torch.Tensor, shift: int) -> torch.Tensor:
    """The mean cross-entropy of (batch, length, vocabulary) scores at i against the label at i + `shift`."""
    length = labels.shape[1]
    first, last = max(0, -shift), min(length, length - shift)
    scores = logits[:, first:last]
    return torch.nn.functional.cross_entropy(scores.flatten(0, 1), labels[:, first + shift : last + shift].flatten())


def _shift(loss: float, shifts: dict[int, float]) -> int | None:
    return next((shift for shift, value in shifts.items() if abs(value - loss) <= 1e-4 * abs(value)), None)


def _index(shift: int) -> str:
    return f"i {'+' if shift > 0 else '-'} {abs(shift)}" if shift else "i"
