"""The answer of a signature, and what signatures share."""

from dataclasses import dataclass, field

import torch


UNKNOWN = "unknown"
CLOSE = 2e-5


@dataclass
class Cause:
    """`kind` is a short name, `sentence` says it in one, `evidence` holds the numbers behind it.

    `module` is set where the tensors blame another module than the one whose code they came from.
    """

    kind: str
    sentence: str
    evidence: dict = field(default_factory=dict)
    module: str = ""


def rows(tensor: torch.Tensor, valid: torch.Tensor | None) -> torch.Tensor:
    """(tokens, features): the real tokens of a (batch, length, features) tensor."""
    if valid is not None and tensor.shape[:2] == valid.shape:
        return tensor[valid].flatten(1)
    return tensor.reshape(-1, tensor.shape[-1])


def close(found: torch.Tensor, wanted: torch.Tensor, tolerance: float = CLOSE) -> bool:
    """Whether two tensors agree up to `tolerance` of the largest value."""
    return found.shape == wanted.shape and residual(found, wanted) <= tolerance


def residual(found: torch.Tensor, wanted: torch.Tensor) -> float:
    """max |found - wanted| / max |wanted|, infinite where either is not a number."""
    scale = float(wanted.abs().max()) or 1.0
    return float((found - wanted).abs().max().nan_to_num(torch.inf, torch.inf)) / scale


def maker_of(tensor: torch.Tensor, evidence) -> str:
    """The innermost module around the guilty one whose code made `tensor` instead of being given it."""
    for path, given in evidence.around:
        if not any(tensor is each for each in given):
            return path
    return ""


def number(value: float) -> str:
    """A number as a person writes it."""
    return f"{value:.4g}"


def last_name(path: str) -> str:
    """The attribute a module is held under, without the path before it."""
    names = path.split(".")
    return ".".join(names[-2:]) if names[-1].isdigit() else names[-1]
