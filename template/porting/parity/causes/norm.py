"""Signatures of a normalisation: which statistic, which eps, what is done with the weight."""

from dataclasses import dataclass

import torch

from porting.parity.causes.cause import Cause, close, last_name, residual, rows
from porting.parity.measure import Evidence
from porting.parity.spread import weight_of


@dataclass(frozen=True)
class Recipe:
    """How a vector x became y = (x - mean) / sqrt(spread + eps) * gain + bias."""

    statistic: str
    gain: str
    bias: str
    eps: float
    misfit: float


STATISTICS = {
    "root mean square": lambda x: (x, x.square().mean(-1, keepdim=True)),
    "mean and variance": lambda x: (x - x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)),
    "mean and unbiased variance": lambda x: (x - x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=True)),
}


def explain(evidence: Evidence, model) -> Cause | None:
    """Layer norm against RMS norm, eps, a gain of w against 1 + w, a bias missing."""
    module = model.get_submodule(evidence.place.path)
    if "norm" not in type(module).__name__.lower() and not hasattr(module, "eps") or not evidence.given:
        return None
    inputs = rows(evidence.given[-1], evidence.valid)
    if inputs.shape != rows(evidence.port, evidence.valid).shape:
        return None
    weight, bias = weight_of(module), weight_of(module, "bias")
    ours = find_recipe(inputs, rows(evidence.port, evidence.valid), weight, bias)
    wanted = rows(evidence.original, evidence.valid)
    theirs = find_recipe(inputs, wanted, weight, bias) or (fit_freely(inputs, wanted, ours.eps) if ours else None)
    if theirs is None or ours is None:
        return None
    return compare(ours, theirs)


def find_recipe(inputs: torch.Tensor, outputs: torch.Tensor, weight, bias) -> Recipe | None:
    """The simplest Recipe that turns `inputs` into `outputs` (both (tokens, features)); eps is solved for."""
    gains = {"": torch.ones_like(inputs[0])}
    if weight is not None and weight.shape == inputs.shape[-1:]:
        weight = weight.detach().to(inputs.dtype)
        gains = {"weight": weight, "1 + weight": 1 + weight, **gains}
    biases = {"": torch.zeros_like(inputs[0])}
    if bias is not None and bias.shape == inputs.shape[-1:]:
        biases = {"bias": bias.detach().to(inputs.dtype), **biases}
    found = []
    for statistic, normalise in STATISTICS.items():
        centred, spread = normalise(inputs)
        for gain_name, gain in gains.items():
            scaled = centred * gain
            for bias_name, offset in biases.items():
                shrink = ((outputs - offset) * scaled).sum(-1, keepdim=True) / (scaled * scaled).sum(
                    -1, keepdim=True
                ).clamp_min(1e-300)
                if bool((shrink <= 0).any()):
                    continue
                eps = max(float((shrink**-2 - spread).median()), 0.0)
                made = scaled * torch.rsqrt(spread + eps) + offset
                misfit = residual(made, outputs)
                if misfit < 1e-4:
                    found.append(Recipe(statistic, gain_name, bias_name, eps, misfit))
    return min(found, key=lambda recipe: recipe.misfit, default=None)


def fit_freely(inputs: torch.Tensor, outputs: torch.Tensor, eps: float) -> Recipe | None:
    """A Recipe whose gain and bias are not the module's: both are solved for, feature by feature."""
    if len(inputs) < 4:
        return None
    for statistic, normalise in STATISTICS.items():
        centred, spread = normalise(inputs)
        plain = centred * torch.rsqrt(spread + eps)
        mean = plain.mean(0)
        gain = ((plain - mean) * (outputs - outputs.mean(0))).sum(0) / (plain - mean).square().sum(0)
        bias = outputs.mean(0) - gain * mean
        misfit = residual(plain * gain + bias, outputs)
        if misfit < 1e-4:
            adds = float(bias.abs().max()) > 1e-5 * float(outputs.abs().max())
            return Recipe(statistic, "another weight", "another bias" if adds else "", eps, misfit)
    return None


def compare(ours: Recipe, theirs: Recipe) -> Cause | None:
    """The first respect in which two recipes differ."""
    evidence = {"port": vars(ours), "original": vars(theirs)}
    if ours.statistic != theirs.statistic:
        return Cause(
            "norm_type", f"the original normalises by {theirs.statistic}, the port by {ours.statistic}", evidence
        )
    if ours.gain != theirs.gain:
        return Cause(
            "norm_gain",
            f"the original scales by {theirs.gain or 'nothing'}, the port by {ours.gain or 'nothing'}",
            evidence,
        )
    if ours.bias != theirs.bias:
        who = "original" if theirs.bias else "port"
        return Cause("norm_bias", f"only the {who} adds the bias", evidence)
    if abs(ours.eps - theirs.eps) > 0.02 * max(ours.eps, theirs.eps):
        return Cause(
            "eps",
            f"eps is about {_round_eps(theirs.eps)} in the original and {_round_eps(ours.eps)} in the port",
            evidence,
        )
    return None


def _round_eps(eps: float) -> str:
    return f"{eps:.1e}".replace("e-0", "e-").replace(".0e", "e")


def between_modules(evidence: Evidence, model) -> Cause | None:
    """The code between two modules feeds a normalised tensor where the original feeds a plain one, or the reverse."""
    port, original = rows(evidence.port, evidence.valid), rows(evidence.original, evidence.valid)
    for inner, outer, who in ((port, original, "original"), (original, port, "port")):
        if find_recipe(inner, outer, None, None) is not None and not close(inner, outer):
            return Cause("norm_order", f"only the {who} normalises what goes into {last_name(evidence.place.path)}")
    return None
