"""Signatures of a linear map: whose weight is it, and which way round?"""

import torch

from porting.parity.causes import values
from porting.parity.causes.cause import Cause, close, number, rows
from porting.parity.measure import Evidence
from porting.parity.spread import weight_of


ROWS = 64


def explain(evidence: Evidence, model) -> Cause | None:
    """Transposed, swapped, tied or scaled weights; a bias missing or too many."""
    module = model.get_submodule(evidence.place.path)
    if not isinstance(module, torch.nn.Linear) or not evidence.given:
        return None
    inputs = rows(evidence.given[-1], evidence.valid)[:ROWS]
    original = rows(evidence.original, evidence.valid)[:ROWS]
    port = rows(evidence.port, evidence.valid)[:ROWS]
    weight, bias = weight_of(module), weight_of(module, "bias")
    return (
        _transposed(inputs, original, weight, bias)
        or _bias(port, original, bias)
        or _tied(module, weight, model)
        or _swapped(inputs, original, module, bias, model)
        or _scaled(port, original, bias)
    )


def _transposed(inputs, original, weight, bias) -> Cause | None:
    if weight.shape[0] != weight.shape[1]:
        return None
    found = inputs @ weight + (bias if bias is not None else 0)
    if close(found, original):
        return Cause(
            "transposed_weight", "the weight is transposed: x @ W gives the original's output, x @ W.T the port's"
        )
    return None


def _bias(port, original, bias) -> Cause | None:
    offset = values.constant_offset(port, original)
    if offset is None:
        return None
    difference = (original - port)[0]
    if bias is not None and close(-bias, difference, 1e-4):
        return Cause("bias_extra", "the port adds a bias where the original has none", offset.evidence)
    if bias is None or not bias.any():
        return Cause("bias_missing", "the original adds a bias that the port does not have", offset.evidence)
    return Cause("bias_wrong", "the weight is right and the bias is not", offset.evidence)


def _tied(module, weight, model) -> Cause | None:
    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    embedding = model.get_input_embeddings()
    if module is not head or embedding is None or not hasattr(embedding, "weight"):
        return None
    if torch.equal(weight, weight_of(embedding)):
        return Cause(
            "tied_head",
            "the head shares the embedding's weight, and the original's head has a weight of its own: tie_word_embeddings",
        )
    return None


def _swapped(inputs, original, module, own_bias, model) -> Cause | None:
    """Another linear module of the same shape gives the original's output."""
    for path, other in model.named_modules():
        if other is module or not isinstance(other, torch.nn.Linear | torch.nn.Embedding):
            continue
        if other.weight.shape != module.weight.shape:
            continue
        weight = weight_of(other)
        for bias in (own_bias, weight_of(other, "bias")):
            if close(torch.nn.functional.linear(inputs, weight, bias), original):
                if isinstance(other, torch.nn.Embedding):
                    return Cause("untied_head", f"the original's head is tied: the weight of {path} gives its output")
                return Cause(
                    "swapped_weights",
                    f"the weight of {path} gives the original's output here: the two are swapped",
                    {"other": path},
                )
    return None


def _scaled(port, original, bias) -> Cause | None:
    cause = values.constant_ratio(port, original)
    if cause is None and bias is not None:
        cause = values.constant_ratio(port - bias, original - bias)
    if cause is None or cause.kind != "scale":
        return None
    ratio = cause.evidence["ratio"]
    return Cause("scaled_weight", f"the original's weight is {number(ratio)} times the port's", {"ratio": ratio})
