"""Finds the weights inside what a training script saved around them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from porting.errors import CannotRun


# Where training scripts put the weights, most telling first.
WRAPPERS = ("state_dict", "model_state_dict", "model_state", "model", "module", "network", "net", "params", "weights")
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
    while isinstance(content, Mapping) and not any(_is_array(value) for value in content.values()):
        inner = [name for name, value in content.items() if isinstance(value, Mapping) and _holds_arrays(value)]
        chosen = next((name for name in WRAPPERS if name in inner), None)
        if chosen is None and len(inner) == 1 and len(content) > 1:
            chosen = inner[0]
        if chosen is None:
            break
        left = [str(name) for name in content if name != chosen]
        notes.append(f"took the weights under {chosen!r}" + (f"; left {', '.join(left)}" if left else ""))
        content = content[chosen]
    return content, notes


def _flatten(content: Mapping, path: str, flat: dict[str, Any], others: list[str]) -> None:
    for name, value in content.items():
        full = f"{path}{name}"
        if _is_array(value):
            flat[full] = value
        elif isinstance(value, Mapping):
            _flatten(value, f"{full}.", flat, others)
        else:
            others.append(full)


def _is_array(value: Any) -> bool:
    return isinstance(value, (torch.Tensor, np.ndarray)) or (hasattr(value, "__array__") and hasattr(value, "dtype"))


def _holds_arrays(content: Mapping) -> bool:
    return any(_is_array(value) or (isinstance(value, Mapping) and _holds_arrays(value)) for value in content.values())


def _listed(content: Any) -> str:
    if not isinstance(content, Mapping):
        return f"a {type(content).__name__}"
    names = [repr(name) for name in content]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "nothing"
