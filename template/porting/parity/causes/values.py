"""Signatures that need nothing but the two tensors."""

import torch

from porting.parity.causes.cause import Cause, close, number, rows
from porting.parity.measure import Evidence
from porting.parity.spread import weight_of


def not_a_number(evidence: Evidence, model) -> Cause | None:
    """The port has NaN where the original has numbers."""
    port, original = rows(evidence.port, evidence.valid), rows(evidence.original, evidence.valid)
    if not bool(port.isnan().any()) or bool(original.isnan().any()):
        return None
    share = float(port.isnan().double().mean())
    return Cause(
        "nan", f"the port makes NaN here ({share:.0%} of the values); the original does not", {"share": share}
    )


def rounded_weights(evidence: Evidence, model) -> Cause | None:
    """Every weight of the module is a bfloat16 number."""
    module = model.get_submodule(evidence.place.path)
    weights = [weight_of(module, name) for name, _ in module.named_parameters(recurse=False)]
    weights = [weight for weight in weights if bool((weight != weight.flatten()[0]).any())]
    if not weights or not all(torch.equal(weight, weight.to(torch.bfloat16).to(weight.dtype)) for weight in weights):
        return None
    return Cause("bfloat16_weights", "the port's weights were rounded to bfloat16 on the way: convert in 32 bits")


def explain(evidence: Evidence, model) -> Cause | None:
    """Constant ratio, constant offset, ratio by feature, features in another order, ratio by sequence."""
    port, original = rows(evidence.port, evidence.valid), rows(evidence.original, evidence.valid)
    for signature in (constant_ratio, soft_cap, constant_offset, ratio_by_feature, reordered):
        cause = signature(port, original)
        if cause is not None:
            return cause
    return ratio_by_sequence(evidence)


def constant_ratio(port: torch.Tensor, original: torch.Tensor) -> Cause | None:
    """original = c * port."""
    denominator = float((port * port).sum())
    if not denominator:
        return Cause("zero", "the port's values are all zero here; the original's are not") if original.any() else None
    ratio = float((port * original).sum()) / denominator
    if not close(ratio * port, original) or abs(ratio - 1) < 1e-6:
        return None
    return Cause(
        "scale", f"the original's values are {number(ratio)} times the port's{_meaning(ratio, port)}", {"ratio": ratio}
    )


def _meaning(ratio: float, port: torch.Tensor) -> str:
    width = port.shape[-1]
    for value, name in (
        (width**0.5, "the square root of the width"),
        (width**-0.5, "1 / the square root of the width"),
    ):
        if abs(ratio / value - 1) < 1e-4:
            return f", which is {name}"
    return ""


def soft_cap(port: torch.Tensor, original: torch.Tensor) -> Cause | None:
    """original = cap * tanh(port / cap), or the other way round."""
    for inner, outer, who in ((port, original, "original"), (original, port, "port")):
        for cap in (20.0, 30.0, 50.0, 15.0, 10.0):
            if float(inner.abs().max()) > 1e-3 and close(cap * torch.tanh(inner / cap), outer, 1e-6):
                return Cause(
                    "soft_cap", f"only the {who} caps the values with {cap:g} * tanh(x / {cap:g})", {"cap": cap}
                )
    return None


def constant_offset(port: torch.Tensor, original: torch.Tensor) -> Cause | None:
    """original = port + b, the same b for every token."""
    difference = original - port
    if len(difference) < 2 or not close(difference, difference[:1].expand_as(difference), 1e-4):
        return None
    largest = float(difference.abs().max())
    return Cause(
        "offset", f"every token differs by the same vector (largest {number(largest)}): a bias", {"largest": largest}
    )


def ratio_by_feature(port: torch.Tensor, original: torch.Tensor) -> Cause | None:
    """original = g * port, another g for each feature."""
    gain = (port * original).sum(0) / (port * port).sum(0).clamp_min(1e-300)
    if len(port) < 3 or not close(gain * port, original):
        return None
    changed = int(((gain - 1).abs() > 1e-4).sum())
    sentence = f"{changed} of {len(gain)} features are scaled, each by its own factor ({number(float(gain.min()))} to {number(float(gain.max()))})"
    return Cause("feature_scale", sentence, {"features": changed})


def ratio_by_sequence(evidence: Evidence) -> Cause | None:
    """original = c * port, another c for each sequence of the batch."""
    port, original, valid = evidence.port, evidence.original, evidence.valid
    if port.ndim != 3 or len(port) < 2 or original.shape != port.shape:
        return None
    if valid is not None and valid.shape == port.shape[:2]:
        port, original = port * valid.unsqueeze(-1), original * valid.unsqueeze(-1)
    ratios = (port * original).sum((1, 2)) / (port * port).sum((1, 2)).clamp_min(1e-300)
    if not close(ratios[:, None, None] * port, original):
        return None
    shown = ", ".join(number(ratio) for ratio in ratios[:4].tolist())
    return Cause(
        "sequence_scale",
        f"the original scales each sequence by a factor of its own ({shown} times the port's): by its length, or by how "
        "many of its tokens are masked",
        {"ratios": ratios[:4].tolist()},
    )


def reordered(port: torch.Tensor, original: torch.Tensor) -> Cause | None:
    """The same values in each token, in another order."""
    if port.shape[-1] < 2 or not close(port.sort(-1).values, original.sort(-1).values):
        return None
    order = feature_order(port, original)
    shown = (
        ", ".join(str(index) for index in order[:6].tolist()) if order is not None else "changes from token to token"
    )
    return Cause(
        "feature_order",
        (
            f"the same values in another order (the original's first features are the port's {shown})"
            if order is not None
            else "each token has the same values in another order"
        ),
        {"order": shown},
    )


def feature_order(port: torch.Tensor, original: torch.Tensor) -> torch.Tensor | None:
    """index with port[:, index] == original, or None."""
    distance = (original.unsqueeze(2) - port.unsqueeze(1)).abs().amax(0) if port.shape[-1] <= 1024 else None
    if distance is None:
        return None
    index = distance.argmin(1)
    return index if close(port[:, index], original) else None


def describe(evidence: Evidence) -> str:
    """Where the two differ, for a cause nobody knows."""
    difference = (evidence.original - evidence.port).abs()
    scale = float(evidence.original.abs().max()) or 1.0
    if evidence.valid is None or difference.shape[:2] != evidence.valid.shape:
        return f"the values differ by up to {number(float(difference.max()) / scale)} of the largest"
    difference = difference.flatten(2).amax(2).masked_fill(~evidence.valid, 0)
    wrong = (difference > 1e-5 * scale) & evidence.valid
    share = float(wrong.sum() / evidence.valid.sum())
    by_position = wrong.any(0)
    text = f"{share:.0%} of the tokens differ, by up to {number(float(difference.max()) / scale)} of the largest value"
    if not by_position.any():
        return text
    first = int(by_position.nonzero()[0])
    if first > 0:
        return f"{text}; the first {first} position{'s are' if first > 1 else ' is'} right"
    sequences = [index for index in range(len(wrong)) if wrong[index].any()]
    if len(sequences) < len(wrong):
        padded = [index for index in range(len(wrong)) if not evidence.valid[index].all()]
        which = "padded" if sequences == padded else f"{len(sequences)} of {len(wrong)}"
        return f"{text}; only in the {which} sequences"
    return text
