"""The conversion rules that undo a disguise, as a list of `RULES` and as the text of one."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from porting.standin.disguise import BUFFER, TURNED, Disguise
from transformers import Chunk, WeightConverter
from transformers.core_model_loading import Transpose, WeightRenaming, WeightTransform, rename_source_key


_OPERATIONS = {"Chunk(dim=0)": lambda: Chunk(dim=0), "Transpose(0, 1)": lambda: Transpose(0, 1)}


@dataclass(frozen=True)
class Rule:
    """One entry of `RULES`; without an operation it is a renaming."""

    source: str
    targets: tuple[str, ...]
    operation: str = ""

    def made(self) -> WeightTransform:
        if not self.operation:
            return WeightRenaming(self.source, self.targets[0])
        return WeightConverter(self.source, [*self.targets], operations=[_OPERATIONS[self.operation]()])

    def __str__(self) -> str:
        source, *targets = (_literal(name) for name in (self.source, *self.targets))
        if not self.operation:
            return f"WeightRenaming({source}, {targets[0]})"
        target = targets[0] if len(targets) == 1 else f"[{', '.join(targets)}]"
        return f"WeightConverter({source}, {target}, operations=[{self.operation}])"


def rules_of(disguise: Disguise, plain: nn.Module, port_name: Callable[[str], str]) -> list[Rule]:
    """The rules from the original's names to the port's. `plain` is the model without its disguise."""
    weights = [*plain.state_dict()]
    rules = []
    for name, other in disguise.names.items():
        # Where a name may stand first in a weight's, no point goes before it.
        first = {weight.startswith(f"{name}.") for weight in weights if name in weight.split(".")}
        before = {(True,): "^", (False,): r"\."}.get((*first,), r"(?<!\w)")
        # A converter sees the renamed weight, and has to be found by the original's name: what it takes is left alone.
        taken = [place.partition(".")[2] for place in disguise.fused if place.startswith(f"{name}.")]
        taken += [TURNED] if name in disguise.turned else []
        ahead = f"(?!{'|'.join(taken)})" if taken else ""
        if name not in disguise.turned or any(weight.endswith(f".{name}.bias") for weight in weights):
            rules.append(Rule(rf"{before}{other}\.{ahead}", (rf"{before}{port_name(name)}\.",)))
    for place, parts in disguise.fused.items():
        holder, _, fused = place.partition(".")
        for leaf in ("weight", "bias"):
            if any(weight.endswith(f"{holder}.{parts[0]}.{leaf}") for weight in weights):
                targets = tuple(f"{port_name(holder)}.{port_name(part)}.{leaf}" for part in parts)
                rules.append(Rule(f"{disguise.names.get(holder, holder)}.{fused}.{leaf}", targets, "Chunk(dim=0)"))
    for name in disguise.turned:
        source = f"{disguise.names.get(name, name)}.{TURNED}"
        rules.append(Rule(source, (f"{port_name(name)}.weight",), "Transpose(0, 1)"))
    return rules


def undone(rules: list[Rule], model: nn.Module, plain: nn.Module, port_name: Callable[[str], str]) -> bool:
    """Whether the rules turn every weight's name in the disguised `model` into the port's, and back, leave the port's
    own names as they are, and are all needed."""
    forth = [rule.made() for rule in rules]
    back = [rule.reverse_transform() for rule in reversed(forth)]
    names = {*model.state_dict()} - {BUFFER}
    wanted = {port_name(name) for name in plain.state_dict()} - {BUFFER}
    made = {_renamed(name, forth) for name in names}
    return (
        made <= wanted
        and all(rule.was_used() for rule in forth)
        and len(made) == len(names)
        and {_renamed(name, back, reverse=True) for name in wanted} == names
        and all(_renamed(name, forth) == name for name in wanted)
    )


def _renamed(name: str, rules: list[WeightTransform], reverse: bool = False) -> str:
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    converters = [rule for rule in rules if isinstance(rule, WeightConverter)]
    return rename_source_key(name, renamings, converters, reverse=reverse)[0]


def _literal(name: str) -> str:
    return f'r"{name}"' if re.search(r"\\", name) else json.dumps(name)
