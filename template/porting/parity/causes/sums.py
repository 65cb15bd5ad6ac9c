"""Signatures of residual code: a tensor as a weighted sum of those at hand."""

from itertools import combinations

import torch

from porting.parity.causes.cause import Cause, last_name, maker_of, number, rows
from porting.parity.measure import Evidence


TERMS = 14
FIT = 1e-5
INPUT = "the input"


def explain(evidence: Evidence, model) -> Cause | None:
    """Write what the port has and what the original has as sums of known tensors, and compare the two sums."""
    terms = known_terms(evidence)
    if not terms:
        return None
    theirs, ours = solve(terms, evidence.original, evidence.valid), solve(terms, evidence.port, evidence.valid)
    if theirs is None or ours is None or _same(theirs, ours):
        return None
    sums = {"original": written(theirs), "port": written(ours)}
    if not evidence.verified and _only_the_input_differs(theirs, ours):
        ratio = theirs[INPUT] / ours[INPUT]
        sentence = f"the input comes in wrong already: the original's is {number(ratio)} times the port's"
        return Cause("scale", sentence, {"ratio": ratio}, maker_of(evidence.given[0], evidence))
    return Cause(
        _kind(theirs, ours, evidence, model), f"the original has {sums['original']}; the port has {sums['port']}", sums
    )


def known_terms(evidence: Evidence) -> dict[str, torch.Tensor]:
    """Name -> tensor (tokens, features): the inputs of the blamed call and what its children gave, without doubles."""
    named = [(INPUT, tensor) for tensor in reversed(evidence.given) if tensor.shape == evidence.port.shape][:1]
    for call, tensor in evidence.made.items():
        if tensor.ndim == 3 and tensor.shape[0] == 1 and tensor.shape[1:] == evidence.port.shape[1:]:
            tensor = tensor.expand_as(evidence.port)  # positions are often looked up once for all sequences
        if tensor.shape == evidence.port.shape and tensor.is_floating_point():
            path = call.rpartition("#")[0] if "#" in call else call
            named.append((last_name(path) if "#" in call else "the " + _input_name(path), tensor))
    terms: dict[str, torch.Tensor] = {}
    for name, tensor in named:
        flat = rows(tensor, evidence.valid).to(evidence.port.dtype)
        if any(
            flat.shape == other.shape and torch.allclose(flat, other, rtol=1e-6, atol=1e-7) for other in terms.values()
        ):
            continue
        terms[name if name not in terms else f"{name} (again)"] = flat
    kept = list(terms.items())
    return dict(kept[:2] + kept[2:][-(TERMS - 2) :])


def _input_name(path: str) -> str:
    return f"input of {last_name(path.removeprefix('input of '))}"


def solve(terms: dict[str, torch.Tensor], wanted: torch.Tensor, valid) -> dict[str, float] | None:
    """The shortest weighted sum of at most three `terms` that gives `wanted`: name -> weight. None if there is none."""
    wanted = rows(wanted, valid).reshape(-1)
    names = list(terms)
    columns = torch.stack([terms[name].reshape(-1) for name in names], dim=1)
    scale = float(wanted.abs().max()) or 1.0
    for size in (1, 2, 3):
        best = None
        for chosen in combinations(range(len(names)), size):
            part = columns[:, chosen]
            weights = torch.linalg.lstsq(part, wanted.unsqueeze(1)).solution[:, 0]
            misfit = float((part @ weights - wanted).abs().max()) / scale
            if misfit < FIT and (best is None or misfit < best[0]):
                best = misfit, {names[index]: float(weight) for index, weight in zip(chosen, weights, strict=True)}
        if best is not None:
            return best[1]
    return None


def written(weights: dict[str, float]) -> str:
    """A sum in words: `the input + 0.5 * mlp`."""
    return " + ".join(
        name if abs(weight - 1) < 1e-4 else f"{number(weight)} * {name}" for name, weight in weights.items()
    )


def _same(theirs: dict, ours: dict) -> bool:
    return theirs.keys() == ours.keys() and all(abs(theirs[name] - ours[name]) < 1e-5 for name in theirs)


def _kind(theirs: dict, ours: dict, evidence: Evidence, model) -> str:
    if theirs.keys() == ours.keys():
        if len(theirs) > 1 and any(abs(weight - 2) < 1e-3 for weight in ours.values()):
            return "residual_doubled"
        return "scale"
    missing, extra = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
    if missing and extra:
        return "norm_order" if any("norm" in name.lower() for name in missing | extra) else "wrong_input"
    kind = "missing" if missing else "extra"
    return f"term_{kind}" if all("embed" in name for name in missing | extra) else f"residual_{kind}"


def _only_the_input_differs(theirs: dict, ours: dict) -> bool:
    changed = {name for name in theirs.keys() | ours.keys() if abs(theirs.get(name, 0) - ours.get(name, 0)) > 1e-5}
    return changed == {INPUT} and INPUT in theirs and INPUT in ours
