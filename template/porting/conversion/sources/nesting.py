"""Finds the weights inside what a training script saved around them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from porting.errors import CannotRun


# Where training scripts put the weights, most telling first.
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "module", "network", "net", "params", "weights")
# What a training script keeps beside the weights although it holds arrays, too.
BESIDE = re.compile(
    r"(^|_)(opt|optim\w*|\w*sched\w*|ema|scaler|amp|rng|random|loss|criterion|callbacks|loops|metrics|extra|task"
    r"|step|epoch|iter\w*)(_|$)"
)
# What wrapping a model in another one puts before every name.
PREFIXES = ("module.", "_orig_mod.")


def find_weights(content: Any, source: str, key: str | None = None) -> tuple[dict[str, Any], list[str]]:
    """The flat mapping of names to arrays or tensors inside `content`, and notes on how it was found.

    `key` names the entry to take, with dots for deeper ones; without it the entries in WRAPPERS are tried.
    Raises CannotRun if there is no such mapping, or several and nothing to choose by.
    """
    content, notes = _at_key(content, source, key) if key else _unwrap(content)
    if not isinstance(content, Mapping) or not _holds_arrays(content):
        raise CannotRun(f"{source} holds no weights: it has {_listed(content)}; save the model's state dict")
    flat: dict[str, Any] = {}
    others: list[str] = []
    _flatten(content, "", flat, others)
    if others:
        notes.append(f"left what is not a tensor: {', '.join(others)}")
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in flat):
            notes.append(f"took {prefix!r} off every name")
            flat = {name.removeprefix(prefix): value for name, value in flat.items()}
    return flat, notes


def _at_key(content: Any, source: str, key: str) -> tuple[Any, list[str]]:
    for part in key.split("."):
        if not isinstance(content, Mapping) or part not in content:
            raise CannotRun(f"{source} has no entry {key!r}; it has {_listed(content)}; give another KEY=")
        content = content[part]
    return content, []


def _unwrap(content: Any) -> tuple[Any, list[str]]:
    notes = []
    while isinstance(content, Mapping):
        weights = [name for name, value in content.items() if _is_array(value) and not _stands_beside(name)]
        inner = [name for name, value in content.items() if _is_nested(value) and _holds_arrays(value)]
        chosen = next((name for name in WRAPPERS if name in inner), None)
        if chosen is None and len(inner) == 1 and len(content) > 1:
            chosen = inner[0]
        if weights or chosen is None:
            break
        others = [str(name) for name in inner if name != chosen and not _stands_beside(name)]
        if others:
            notes.append(f"{', '.join(others)} may hold weights, too: took all; KEY={chosen} takes one")
            break
        left = [str(name) for name in content if name != chosen]
        notes.append(f"took the weights under {chosen!r}" + (f"; left {', '.join(left)}" if left else ""))
        content = content[chosen]
    return content, notes


def _stands_beside(name: Any) -> bool:
    return bool(BESIDE.search(str(name)))


def _flatten(content: Any, path: str, flat: dict[str, Any], others: list[str]) -> None:
    for name, value in _entries(content):
        full = f"{path}{name}"
        if _is_array(value):
            flat[full] = value
        elif _is_nested(value) and _holds_arrays(value):
            _flatten(value, f"{full}.", flat, others)
        else:
            others.append(full)


def _entries(nested: Any) -> Iterable[tuple[Any, Any]]:
    return nested.items() if isinstance(nested, Mapping) else enumerate(nested)


def _is_nested(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _is_array(value: Any) -> bool:
    return isinstance(value, (torch.Tensor, np.ndarray)) or (hasattr(value, "__array__") and hasattr(value, "dtype"))


def _holds_arrays(nested: Any) -> bool:
    return any(_is_array(value) or (_is_nested(value) and _holds_arrays(value)) for _, value in _entries(nested))


def _listed(content: Any) -> str:
    if not isinstance(content, Mapping):
        return f"a {type(content).__name__}"
    names = [repr(name) for name in content]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "nothing"
