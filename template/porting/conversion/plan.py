"""Pass one: which weights of the original make which weights of the port, from names, shapes and dtypes alone.

The rules are applied by Transformers' own classes, to tensors without memory. Its loader is not strict; this is:
everything the loader would pass over in silence is a finding.
"""

import difflib
import re
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field, replace

import torch

from porting.conversion.declared import Declared
from porting.conversion.findings import Finding
from porting.conversion.port import Port, register_rules
from porting.conversion.sources import Checkpoint, Weight
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import (
    WeightConverter,
    WeightRenaming,
    WeightTransform,
    dot_natural_key,
    rename_source_key,
)


@dataclass(frozen=True)
class Target:
    """A weight of the port as it will be written."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def nbytes(self) -> int:
        return self.dtype.itemsize * torch.Size(self.shape).numel()


@dataclass
class Group:
    """Weights that go through one converter together, or one that is only renamed (`converter` is None).

    `first` is the name the rule classes know the group by: that of its first target. `sources` has the weights for
    each pattern of the converter; `targets` is filled by `_predict`; `alias` gives the name a tied weight is saved by.
    """

    first: str
    converter: WeightConverter | None
    sources: dict[str, list[Weight]] = field(default_factory=lambda: defaultdict(list))
    targets: list[Target] = field(default_factory=list)
    alias: dict[str, str] = field(default_factory=dict)

    @property
    def source_weights(self) -> list[Weight]:
        return [weight for weights in self.sources.values() for weight in weights]

    @property
    def nbytes(self) -> int:
        return sum(target.nbytes for target in self.targets)

    @property
    def operations(self) -> list[str]:
        return [repr(operation) for operation in self.converter.operations] if self.converter else []

    @property
    def expected(self) -> list[str]:
        """The names its rule promises, made or not."""
        if self.converter is None:
            return [self.first]
        patterns = self.converter.target_patterns
        return [self.first.replace(patterns[0], pattern) for pattern in patterns]

    def convert(self, port: Port, meta: bool = False, dtype: torch.dtype | None = None) -> dict[str, torch.Tensor]:
        """The group's weights of the port, by name; on the meta device with `meta`, cast to `dtype` if one is given."""
        if self.converter is None:
            return {self.alias.get(self.first, self.first): _reader(self.source_weights[0], meta, dtype)()}
        converter = deepcopy(self.converter)
        for pattern, weights in self.sources.items():
            for weight in weights:
                converter.add_tensor(self.first, weight.name, pattern, _reader(weight, meta, dtype))
        made = converter.convert(self.first, model=port.model, config=port.config)
        made = {name: value[0] if isinstance(value, list) else value for name, value in made.items()}
        return {self.alias.get(name, name): value for name, value in made.items()}


@dataclass
class Plan:
    """Everything pass two needs. `tied` are weights that the original keeps twice and the port once."""

    groups: list[Group]
    findings: list[Finding]
    dropped: dict[str, str]
    tied: dict[str, str]

    @property
    def targets(self) -> list[Target]:
        return [target for group in self.groups for target in group.targets]

    @property
    def nbytes(self) -> int:
        return sum(group.nbytes for group in self.groups)


def make_plan(
    declared: Declared, checkpoint: Checkpoint, port: Port, dtype: torch.dtype | None = None, values: bool = True
) -> Plan:
    """Plan the conversion. What is wrong with it is in `Plan.findings`; nothing is raised for it.

    `dtype` is what the floating weights are cast to on purpose; without it each keeps its own. With `values` False,
    tied weights are not compared: no weight is read.
    """
    findings = _check_dropped(declared, checkpoint)
    dropped = dropped_names(declared, checkpoint)
    kept = [weight for name, weight in checkpoint.weights.items() if name not in dropped]
    kept.sort(key=lambda weight: dot_natural_key(weight.name))
    mapping = conversion_mapping(declared, port)
    groups = _group(mapping, kept, port, findings)
    findings += _check_rules(mapping[: len(declared.rules)])
    for group in groups:
        _predict(group, port, dtype, findings)
    tied = _tie(groups, port, dtype, findings, values)
    findings += _missing(groups, port, findings)
    # In the order of the original's file, which is then read from front to back.
    place = {name: i for i, name in enumerate(checkpoint.weights)}
    groups = sorted(
        (group for group in groups if group.targets), key=lambda group: place[group.source_weights[0].name]
    )
    return Plan(groups, findings, dropped, tied)


def conversion_mapping(declared: Declared, port: Port) -> list[WeightTransform]:
    """The transforms `from_pretrained` would use with the rules registered: the rules, then Transformers' legacy ones."""
    register_rules(port, declared)
    return get_model_conversion_mapping(port.model)


def _reader(weight: Weight, meta: bool, dtype: torch.dtype | None):
    wanted = dtype if dtype is not None and weight.dtype.is_floating_point else weight.dtype
    if meta:
        return lambda: torch.empty(weight.shape, dtype=wanted, device="meta")
    return lambda: weight.read().to(wanted)


def dropped_names(declared: Declared, checkpoint: Checkpoint) -> dict[str, str]:
    """The weights that `DROPPED` leaves out -> why."""
    return {
        name: reason
        for pattern, reason in declared.dropped.items()
        for name in checkpoint.weights
        if re.search(pattern, name)
    }


def _check_dropped(declared: Declared, checkpoint: Checkpoint) -> list[Finding]:
    findings = []
    for pattern, reason in declared.dropped.items():
        if not any(re.search(pattern, name) for name in checkpoint.weights):
            findings.append(Finding("matched nothing", pattern, "DROPPED names it, the original has no such weight"))
        if not str(reason).strip():
            findings.append(
                Finding("no reason", pattern, "DROPPED gives no reason for it; write why it is not needed")
            )
    return findings


def _group(mapping: list[WeightTransform], kept: list[Weight], port: Port, findings: list[Finding]) -> list[Group]:
    """Rename every weight as the loader does, and collect the weights of one rule and place together."""
    renamings = [rule for rule in mapping if isinstance(rule, WeightRenaming)]
    converters = [rule for rule in mapping if isinstance(rule, WeightConverter)]
    by_pattern = {pattern: converter for converter in converters for pattern in converter.source_patterns}
    prefix = port.model.base_model_prefix
    groups: dict[str, Group] = {}
    for weight in kept:
        try:
            renamed, pattern = rename_source_key(weight.name, renamings, converters, prefix, port.weights)
            if renamed not in port.weights and weight.name in port.weights:
                renamed, pattern = rename_source_key(weight.name, [], [], prefix, port.weights)
        except (IndexError, re.error) as error:
            findings.append(
                Finding("bad capture group", weight.name, f"a rule refers to a group it does not have: {error}")
            )
            continue
        if renamed not in port.weights:
            findings.append(_unused(weight.name, renamed, port))
            continue
        group = groups.setdefault(renamed, Group(renamed, by_pattern.get(pattern)))
        group.sources[pattern or ""].append(weight)
    return list(groups.values())


def _unused(name: str, renamed: str, port: Port) -> Finding:
    if re.search(r"\\\d", renamed):
        return Finding("bad capture group", name, f"becomes {renamed}: a rule fills only \\1, from its first group")
    near = difflib.get_close_matches(renamed, port.weights, n=1)
    hint = f"; the nearest it has is {near[0]}" if near else ""
    became = f"becomes {renamed}, which" if renamed != name else "no rule renames it, and"
    return Finding("unused", name, f"{became} the port does not have{hint}. Add a rule, or name it in DROPPED")


def _check_rules(rules: list[WeightTransform]) -> list[Finding]:
    findings = []
    for rule in rules:
        if not rule.was_used():
            what = (
                "no weight of the original has this in its name, as the rules before it leave it; remove or correct it"
            )
            findings.append(Finding("matched nothing", f"rule {' | '.join(rule.source_patterns)}", what))
    return findings


def _predict(group: Group, port: Port, dtype: torch.dtype | None, findings: list[Finding]) -> None:
    """Run the rule without memory, and check what comes out: names, shapes and kinds of dtype."""
    if not _sources_fit(group, findings):
        return
    try:
        made = group.convert(port, meta=True, dtype=dtype)
    except Exception as error:  # an operation on a tensor it does not fit raises whatever torch raises
        names = ", ".join(f"{weight.name} {list(weight.shape)}" for weight in group.source_weights)
        what = f"{' '.join(group.operations)} does not fit {names}: {(str(error).splitlines() or [''])[0]}"
        findings.append(Finding("wrong shape", group.first, what))
        return
    for name, value in made.items():
        group.targets.append(Target(name, tuple(value.shape), value.dtype))
        wanted = port.weights.get(name)
        sources = ", ".join(f"{weight.name} {list(weight.shape)}" for weight in group.source_weights)
        if wanted is None:
            near = difflib.get_close_matches(name, port.weights, n=1)
            hint = f"; the nearest it has is {near[0]}" if near else ""
            findings.append(
                Finding("no such weight", name, f"a rule makes it from {sources}; the port has none{hint}")
            )
        elif wanted.shape != value.shape:
            what = f"the port has {list(wanted.shape)}, the rules make {list(value.shape)} from {sources}{_clue(wanted, value)}"
            findings.append(Finding("wrong shape", name, what + _vocabulary(name, port)))
        elif cast := _cast(value.dtype, wanted.dtype, dtype):
            findings.append(Finding("silent cast", name, f"{cast}; it comes from {sources}"))


def _sources_fit(group: Group, findings: list[Finding]) -> bool:
    before = len(findings)
    for pattern in group.converter.source_patterns if group.converter else group.sources:
        weights = group.sources.get(pattern, [])
        if not weights:
            found = ", ".join(weight.name for weight in group.source_weights)
            what = f"its rule also needs a weight with {pattern} in its name; there is only {found}"
            findings.append(Finding("missing", group.first, what))
        if len(weights) > 1 and "*" not in pattern:
            findings.append(_two_sources(group.first, [weight.name for weight in weights]))
    if "" in group.sources and len(group.sources) > 1:
        findings.append(_two_sources(group.first, [weight.name for weight in group.source_weights]))
    dtypes = {weight.dtype for weight in group.source_weights}
    if len(dtypes) > 1:
        names = ", ".join(f"{weight.name} {short_name(weight.dtype)}" for weight in group.source_weights)
        findings.append(Finding("silent cast", group.first, f"its sources differ in dtype: {names}; give DTYPE="))
    return len(findings) == before


def _two_sources(target: str, names: list[str]) -> Finding:
    what = f"{' and '.join(names)} all become it; make their rules more exact, or name one in DROPPED"
    return Finding("two sources", target, what)


def _cast(made: torch.dtype, wanted: torch.dtype, chosen: torch.dtype | None) -> str:
    """Why loading a weight of the dtype `made` into one of the dtype `wanted` would change values; empty if it would not."""
    kinds = [(dtype.is_floating_point, dtype.is_complex, dtype == torch.bool) for dtype in (made, wanted)]
    if kinds[0] != kinds[1]:
        return f"the original has {short_name(made)}, the port {short_name(wanted)}; a rule must not change the kind"
    if made == torch.float64 and chosen is None and wanted != torch.float64:
        return f"the original has float64, the port {short_name(wanted)}; give DTYPE=float32 to round it on purpose"
    return ""


def _tie(
    groups: list[Group], port: Port, dtype: torch.dtype | None, findings: list[Finding], values: bool
) -> dict[str, str]:
    """Keep one of each set of tied weights, under the name the port saves it by; returns the names left out.

    The only place where pass one reads values, and only where the original has a tied weight more than once.
    """
    makers = defaultdict(list)
    for group in groups:
        for target in group.targets:
            makers[target.name].append(group)
    for name, several in makers.items():
        if len(several) > 1:
            findings.append(_two_sources(name, [weight.name for group in several for weight in group.source_weights]))
    left_out = {}
    for shared in dict.fromkeys(port.tied.values()):
        names = [
            name for name in (shared, *(key for key, value in port.tied.items() if value == shared)) if name in makers
        ]
        for name in names[1:]:
            left_out[name] = shared
            if (
                values
                and not findings
                and not _equal(makers[names[0]][0], names[0], makers[name][0], name, port, dtype)
            ):
                what = f"differs from {names[0]}, which the configuration ties it to; set tie_word_embeddings=False"
                findings.append(Finding("tied weights differ", name, what))
        if names and names[0] != shared:
            left_out[names[0]] = shared
            makers[names[0]][0].alias[names[0]] = shared
    for group in groups:
        group.targets = [
            replace(target, name=group.alias.get(target.name, target.name))
            for target in group.targets
            if target.name not in left_out or target.name in group.alias
        ]
    return left_out


def _equal(one: Group, one_name: str, other: Group, other_name: str, port: Port, dtype: torch.dtype | None) -> bool:
    return torch.equal(one.convert(port, dtype=dtype)[one_name], other.convert(port, dtype=dtype)[other_name])


def _missing(groups: list[Group], port: Port, findings: list[Finding]) -> list[Finding]:
    made = {target.name for group in groups for target in group.targets} | {
        name for group in groups for name in group.expected if not group.targets
    }
    unused = [finding.subject for finding in findings if finding.kind == "unused"]
    missing = []
    for name, weight in port.weights.items():
        if name not in made and name not in port.tied:
            near = difflib.get_close_matches(name, unused, n=1)
            hint = f"; the nearest that is unused is {near[0]}" if near else ""
            what = f"no rule makes it from a weight of the original, {list(weight.shape)}{hint}"
            missing.append(Finding("missing", name, what))
    return missing


def _clue(wanted: torch.Tensor, value: torch.Tensor) -> str:
    if wanted.ndim == 2 and tuple(wanted.shape) == tuple(value.shape)[::-1]:
        return "; a Transpose(0, 1) is missing or too many"
    return ""


def _vocabulary(name: str, port: Port) -> str:
    embeddings = port.model.get_input_embeddings()
    is_embedding = any(weight is embeddings.weight for key, weight in port.model.named_parameters() if key == name)
    return f"; convert_config gives vocab_size={port.config.vocab_size}" if is_embedding else ""


def short_name(dtype: torch.dtype) -> str:
    """`float32` for torch.float32."""
    return str(dtype).removeprefix("torch.")
