"""The way back: the original's names and layout from a converted checkpoint, and where they cannot be had.

Each rule is reversed by Transformers' own `revert_weight_conversion`, on the few weights it needs at a time.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file

import transformers
from porting.conversion.declared import Declared
from porting.conversion.port import Port, register_rules
from porting.conversion.sources import Checkpoint, open_checkpoint
from porting.errors import CannotRun
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightConverter, dot_natural_key, revert_weight_conversion


RESTORED = "original.safetensors"


@dataclass
class Restoration:
    """The original's weights, and the port's names that no reversed rule could be applied to, with the reason."""

    weights: dict[str, torch.Tensor]
    failed: dict[str, str] = field(default_factory=dict)


@dataclass
class Comparison:
    """Restored against original: names equal in every bit, different ones with how, and those on one side only."""

    equal: list[str]
    different: dict[str, str]
    lost: list[str]
    dropped: dict[str, str]
    extra: list[str]


def open_converted(folder: Path, declared: Declared) -> tuple[Port, Checkpoint]:
    """The converted checkpoint in `folder`, and the port with its configuration, without memory for weights."""
    if not (folder / "config.json").is_file():
        raise CannotRun(f"{folder} is no converted checkpoint (it has no config.json); run make convert first")
    model_class = getattr(transformers, declared.port_class, None)
    if model_class is None:
        raise CannotRun(f"PORT_CLASS in conversion/rules.py is {declared.port_class!r}, which does not exist")
    config = model_class.config_class.from_pretrained(folder)
    with torch.device("meta"):
        model = model_class(config)
    return Port(model, model.state_dict()), open_checkpoint(folder)


def restore(declared: Declared, converted: Checkpoint, port: Port) -> Restoration:
    """Apply the reversed rules. A rule that cannot be reversed leaves its weights out and says why."""
    register_rules(port, declared)
    mapping = get_model_conversion_mapping(port.model, add_legacy=False)
    port.model._weight_conversions = mapping
    restoration = Restoration({})
    reversed_converters = _reverse_converters(mapping, restoration)
    if restoration.failed:
        return restoration
    for names in _groups(sorted(converted.weights, key=dot_natural_key), reversed_converters):
        try:
            values = {name: converted.weights[name].read() for name in names}
            restoration.weights.update(revert_weight_conversion(port.model, values))
        except Exception as error:  # an operation that cannot be reversed here raises whatever torch raises
            reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            restoration.failed.update(dict.fromkeys(names, reason))
    return restoration


def restore_tied(restoration: Restoration, converted: Checkpoint, port: Port, original: Checkpoint) -> None:
    """Add the weights that the original keeps twice and the port once."""
    for name, shared in port.tied.items():
        if name not in converted.weights and shared in converted.weights:
            made = revert_weight_conversion(port.model, {name: converted.weights[shared].read()})
            for restored, value in made.items():
                if restored in original.weights:
                    restoration.weights.setdefault(restored, value)


def write(restoration: Restoration, folder: Path) -> Path:
    """Write `original.safetensors` into an existing folder."""
    # Tied weights share memory here, which safetensors refuses to write.
    weights, seen = {}, set()
    for name, tensor in restoration.weights.items():
        shared = tensor.data_ptr() in seen
        seen.add(tensor.data_ptr())
        weights[name] = tensor.clone() if shared else tensor.contiguous()
    path = folder / RESTORED
    save_file(weights, path, metadata={"format": "pt"})
    return path


def compare(restoration: Restoration, original: Checkpoint, dropped: dict[str, str]) -> Comparison:
    """Compare bit by bit; `dropped` are weights of the original that were left out on purpose, with the reason."""
    result = Comparison([], {}, [], dropped, [name for name in restoration.weights if name not in original.weights])
    for name, weight in original.weights.items():
        if name in dropped:
            continue
        if name not in restoration.weights:
            result.lost.append(name)
        elif same_bits(weight.read(), restoration.weights[name]):
            result.equal.append(name)
        else:
            result.different[name] = _difference(weight.read(), restoration.weights[name])
    return result


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Equal in dtype, shape and every bit, NaN included."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    one, other = (tensor.contiguous().reshape(-1).view(torch.uint8) for tensor in (one, other))
    return torch.equal(one, other)


def _difference(one: torch.Tensor, other: torch.Tensor) -> str:
    if one.shape != other.shape:
        return f"shape {list(other.shape)} for {list(one.shape)}"
    if one.dtype != other.dtype:
        return f"dtype {other.dtype} for {one.dtype}: converting cast it"
    return f"{int((one != other).sum())} of {one.numel()} values"


def _reverse_converters(mapping, restoration: Restoration) -> list[WeightConverter]:
    converters = []
    for rule in reversed(mapping):
        try:
            reversed_rule = deepcopy(rule).reverse_transform()
        except Exception as error:  # an operation may have no reverse, a pattern may not be usable as a name
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            restoration.failed[" | ".join(rule.target_patterns)] = f"its rule has no reverse ({reason})"
            continue
        if isinstance(reversed_rule, WeightConverter):
            converters.append(reversed_rule)
    return converters


def _groups(names: list[str], converters: list[WeightConverter]) -> list[list[str]]:
    """The names that one reversed converter needs together."""
    groups: dict[str, list[str]] = {}
    for name in names:
        renamed = name
        for converter in converters:
            renamed, pattern = converter.rename_source_key(name)
            if pattern is not None:
                break
        groups.setdefault(renamed, []).append(name)
    return list(groups.values())
