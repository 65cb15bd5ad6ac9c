"""A whole proposal: pairs, rules, and the proof that the rules as written do what the pairs say."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import torch

from porting.conversion.declared import Declared
from porting.conversion.plan import make_plan
from porting.conversion.port import Port
from porting.conversion.propose.match import Matched, full_names, match
from porting.conversion.propose.write import COMPUTED, write_file, write_rules
from porting.conversion.sources import Checkpoint, Weight
from porting.errors import CannotRun


_NAME = re.compile(r"[A-Za-z0-9_./:-]+")


@dataclass
class Proposal:
    """`made` maps each weight of the original to the port's it makes; `unsure` groups the doubtful ones by the doubt.

    `unread` are the hyper-parameters of the original that `convert_config` does not read.
    """

    text: str
    made: dict[str, list[str]]
    sure: list[str] = field(default_factory=list)
    unsure: dict[str, list[str]] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    port_left: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def as_dict(self) -> dict:
        return {name: value for name, value in vars(self).items() if name != "text"}


def make_proposal(checkpoint: Checkpoint, port: Port, unread: dict[str, Any] | None = None) -> Proposal:
    """Propose rules, and what to do with the `unread` hyper-parameters. Raises CannotRun for a name that no rule can
    hold, or if the rules as written would not do what was meant."""
    _check_names(checkpoint)
    names = {name: weight.shape for name, weight in checkpoint.weights.items()}
    wanted = {name: tuple(weight.shape) for name, weight in port.weights.items()}
    config = port.config.get_text_config()
    tied = set(port.tied)
    matched = match(names, wanted, tied, config.hidden_size, getattr(config, "vocab_size", None))

    doubts = {name: doubt for result in matched for name, doubt in _doubts(result)}
    left = [name for result in matched for part in result.original_left for name in full_names(part, result.scope, 0)]
    left = [name for name in left if name not in doubts]
    dropped = {}
    for part in COMPUTED:
        if any(part in name for name in left):
            dropped[part] = "computed from the configuration, not learned"
    left = [name for name in left if not any(part in name for part in dropped)]
    rules = write_rules(matched)
    made = _apply(rules, dropped, checkpoint, port)
    for result in matched:
        for pair in result.pairs:  # a weight that the port has only tied to another goes where that one goes
            for name, target in zip(pair.originals, pair.ports):
                if result.scope.lists is None and target in tied:
                    made.setdefault(name, [port.tied[target]])
    covered = {target for targets in made.values() for target in targets}
    covered |= {name for name in port.weights if name in tied} | {port.tied[name] for name in tied if name in covered}
    port_left = [name for name in port.weights if name not in covered]
    _prove(matched, made, port.tied)
    unsure = defaultdict(list)
    for name in made:
        if doubts.get(name):
            unsure[doubts[name]].append(name)
    sure = [name for name in made if not doubts.get(name)]
    text = write_file(rules, dropped, left, port_left, unread or {})
    return Proposal(text, made, sure, dict(unsure), dropped, left, port_left, list(unread or {}))


def _check_names(checkpoint: Checkpoint) -> None:
    for name in checkpoint.weights:
        # The rules are text that is run: no name of a stranger's checkpoint may be more than a name in it.
        if not _NAME.fullmatch(name):
            raise CannotRun(f"{name!r} in {checkpoint.path} has a character that no rule can hold; rename that weight")


def _doubts(result: Matched):
    for pair in result.pairs:
        for original in pair.originals:
            for name in full_names(original, result.scope, 0):
                yield name, pair.doubt


def _apply(rules, dropped: dict[str, str], checkpoint: Checkpoint, port: Port) -> dict[str, list[str]]:
    """What the rules make of each weight, by Transformers' own classes."""
    text = write_file(rules, dropped, [], [], {})
    space: dict = {}
    try:
        exec(compile(text, "proposed_rules.py", "exec"), space)  # our own text, to be proven before it is written
    except ImportError as error:
        raise CannotRun(f"the rules need a newer Transformers: {error}") from None
    # Whether a dtype fits is for pass one to say; here only names and shapes count.
    floats = {
        name: Weight(name, weight.shape, torch.float32, weight.read) for name, weight in checkpoint.weights.items()
    }
    declared = Declared("", space["RULES"], space["DROPPED"], {}, {}, dict, dict)
    plan = make_plan(declared, Checkpoint(checkpoint.path, checkpoint.format, floats), port, values=False)
    made: dict[str, list[str]] = {}
    for group in plan.groups:
        for weight in group.source_weights:
            made[weight.name] = [target.name for target in group.targets]
    return made


def _prove(matched: list[Matched], made: dict[str, list[str]], tied: dict[str, str]) -> None:
    for result in matched:
        for pair in result.pairs:
            meant = [full_names(name, result.scope, 1) for name in pair.ports]
            for original in pair.originals:
                for place, name in enumerate(full_names(original, result.scope, 0)):
                    targets = {layers[place] if place < len(layers) else layers[0] for layers in meant}
                    targets |= {tied[target] for target in targets if target in tied}
                    if not targets & set(made.get(name, [])):
                        raise CannotRun(
                            f"no rule could be written that makes {name} into {', '.join(sorted(targets))}; the names "
                            "of the two sides overlap: write the rules by hand"
                        )
