"""Signatures of an activation: try them all on both sides."""

from collections.abc import Callable

import torch
from torch.nn import functional

from porting.parity.causes.cause import Cause, last_name, residual, rows
from porting.parity.measure import Evidence


ACTIVATIONS: dict[str, Callable] = {
    "nothing": lambda x: x,
    "gelu (exact)": functional.gelu,
    "gelu (tanh)": lambda x: functional.gelu(x, approximate="tanh"),
    "quick gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "silu": functional.silu,
    "relu": functional.relu,
    "relu squared": lambda x: functional.relu(x).square(),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "mish": functional.mish,
    "elu": functional.elu,
    "leaky relu": functional.leaky_relu,
    "softplus": functional.softplus,
}
# Approximations of gelu differ by little: a fit has to be this good to be believed.
FIT = 3e-6


def of_module(evidence: Evidence, model) -> Cause | None:
    """The module itself is an activation."""
    if not evidence.given or evidence.given[-1].shape != evidence.port.shape:
        return None
    return _compare([("its input", evidence.given[-1])], evidence)


def between_modules(evidence: Evidence, model) -> Cause | None:
    """An activation, gated or not, applied to what earlier modules gave."""
    candidates = [
        (last_name(call.rpartition("#")[0]), tensor)
        for call, tensor in evidence.made.items()
        if tensor.shape == evidence.port.shape and "#" in call
    ]
    return _compare(candidates[-6:], evidence)


def _compare(candidates: list[tuple[str, torch.Tensor]], evidence: Evidence) -> Cause | None:
    theirs = _find(candidates, evidence.original, evidence.valid)
    ours = _find(candidates, evidence.port, evidence.valid)
    if theirs is None or ours is None or theirs == ours or theirs[0] == ours[0] == "nothing":
        return None
    if theirs[0] != ours[0] and theirs[1:] == ours[1:]:
        return Cause(
            "activation",
            f"the activation is {theirs[0]} in the original and {ours[0]} in the port",
            {"original": theirs[0], "port": ours[0]},
        )
    return Cause(
        "activation_input",
        f"the original computes {_formula(*theirs)}, the port {_formula(*ours)}",
        {"original": _formula(*theirs), "port": _formula(*ours)},
    )


def _find(candidates, wanted, valid) -> tuple[str, str, str] | None:
    """(activation, of what, times what) that gives `wanted`; None without an activation that fits."""
    wanted = rows(wanted, valid)[:64]
    tensors = {name: rows(tensor, valid)[:64].to(wanted.dtype) for name, tensor in candidates}
    best, best_fit, plain = None, FIT, None
    for name, tensor in tensors.items():
        for activation, function in ACTIVATIONS.items():
            active = function(tensor)
            for other, factor in [("", None), *tensors.items()]:
                if other == name:
                    continue
                fit = residual(active if factor is None else active * factor, wanted)
                if activation == "nothing" and factor is None:
                    plain = (activation, name, other) if fit < FIT else plain
                elif fit < best_fit:
                    best, best_fit = (activation, name, other), fit
    return best or plain


def _formula(activation: str, inner: str, factor: str) -> str:
    core = inner if activation == "nothing" else f"{activation} of {inner}"
    return f"{core} times {factor}" if factor else core
