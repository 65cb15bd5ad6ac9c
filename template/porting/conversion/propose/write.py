"""Turns pairs into rules of Transformers, and the rules into a file that the porter edits."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from porting.conversion.propose.layers import Scope
from porting.conversion.propose.match import Matched, Pair
from transformers import core_model_loading


COMPUTED = ("inv_freq", "rotary", "position_ids", "masked_bias", "relative_position_index", "num_batches_tracked")
WIDTH = 119


@dataclass(frozen=True)
class Rule:
    """One line of RULES as text. `converter` rules have to follow all renamings."""

    text: str
    converter: bool
    doubt: str = ""


def write_rules(matched: list[Matched]) -> list[Rule]:
    """The rules for all pairs, renamings first, each once."""
    rules: dict[str, Rule] = {}
    for result in matched:
        for rule in [*_renumber(result.scope), *_of_scope(result)]:
            known = rules.get(rule.text)
            if known is None or (rule.doubt and not known.doubt):
                rules[rule.text] = rule
    return sorted(rules.values(), key=lambda rule: rule.converter)


def write_file(
    rules: list[Rule], dropped: dict[str, str], left: list[str], port_left: list[str], unread: dict[str, Any]
) -> str:
    """The text of a Python file with RULES, DROPPED and BUILT_IN, doubts and leftovers as comments.

    `unread` are the hyper-parameters that `convert_config` does not read.
    """
    lines = [
        '"""Proposed by `make rules` from names and shapes; each run writes it anew. Take over into rules.py what holds.',
        "",
        "A line after `# unsure` is a guess: names and shapes do not settle it, `make parity` does.",
        '"""',
        "",
        *_imports(rules),
        "",
        "",
        "RULES = [",
    ]
    doubt = ""
    for rule in rules:
        if rule.doubt != doubt and rule.doubt:
            lines.append(f"    # unsure: {rule.doubt}")
        doubt = rule.doubt
        lines.append(f"    {rule.text},")
    lines += ["]", ""]
    lines += [f"# FILL: what this weight of the original is for: {name}" for name in left]
    lines += [f"# FILL: where this weight of the port comes from: {name}" for name in port_left]
    lines += ["" if left or port_left else "# Nothing is left over.", ""]
    lines += ["DROPPED = {", *(f'    "{pattern}": "{reason}",' for pattern, reason in dropped.items()), "}"]
    if unread:
        what = "read it there, or the port has this value built in, or IGNORED says why not"
        lines += ["", f"# Not read by convert_config: {what}.", "BUILT_IN = {"]
        for name, value in unread.items():
            key, text = _literal(name), _literal(value)
            lines.append(f"    {key}: {text}," if key and text else f"    # {ascii(name)}: no plain value")
        lines.append("}")
    return "\n".join(lines).replace("DROPPED = {\n}", "DROPPED = {}") + "\n"


def _literal(value: Any) -> str:
    """A plain value as a program writes it; empty for any other: what a stranger's file holds is never run."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    try:
        return text if text.isprintable() and ast.literal_eval(text) == value else ""
    except (SyntaxError, ValueError):
        return ""


def _imports(rules: list[Rule]) -> list[str]:
    used = [name for name in ("Chunk", "WeightConverter") if any(f"{name}(" in rule.text for rule in rules)]
    core = ("Concatenate", "Split", "Transpose", "WeightRenaming")
    core = [name for name in core if any(f"{name}(" in rule.text for rule in rules)]
    lines = [f"from transformers import {', '.join(used)}"] if used else []
    lines += [f"from transformers.core_model_loading import {', '.join(core)}"] if core else []
    heads = any("SplitHeads(" in rule.text for rule in rules)
    return lines + (["", "from porting.conversion.heads import SplitHeads"] if heads else [])


def _renumber(scope: Scope) -> Iterator[Rule]:
    """`layers.4.` of the original is part 0 of layer 2 of the port, and so on."""
    if not scope.renumbered:
        return
    original, port = scope.lists
    for i, index in enumerate(original.indices):
        layer, part = divmod(i, scope.period)
        source = rf"^{_escape(original.prefix)}{index}\."
        yield Rule(_renaming(source, f"{port.prefix}{port.indices[layer]}.part_{part}."), False)


def _of_scope(result: Matched) -> Iterator[Rule]:
    modules: dict[tuple[str, str], list[Pair]] = {}
    for pair in result.pairs:
        if len(pair.originals) == len(pair.ports) == 1:
            key = (_module(pair.originals[0]), _module(pair.ports[0]))
            modules.setdefault(key, []).append(pair)
        elif len(pair.originals) == 1:
            yield from _split(pair, result.scope)
        else:
            yield from _join(pair, result.scope)
    for (one, other), pairs in modules.items():
        names = {name for name in result.scope.original if name.startswith(f"{one}.")}
        together = names == {pair.originals[0] for pair in pairs} and one and other
        together = together and all(_leaf(pair.originals[0]) == _leaf(pair.ports[0]) for pair in pairs)
        if together and all("/" not in pair.originals[0] for pair in pairs):
            doubt = next((pair.doubt for pair in pairs if pair.doubt), "")
            yield from _rename(f"{one}.", f"{other}.", result.scope, doubt)
        else:
            for pair in pairs:
                yield from _rename(pair.originals[0], pair.ports[0], result.scope, pair.doubt)
        for pair in pairs:
            if pair.transpose:
                name = pair.ports[0].lstrip("./")
                yield _converter([name], [name], "Transpose(0, 1)", pair.doubt)


def _split(pair: Pair, scope: Scope) -> Iterator[Rule]:
    name = pair.originals[0]
    renamed = f"{_parent(pair.ports)}{_own(name)}.{_leaf(name)}"
    yield from _rename(name, renamed, scope, pair.doubt)
    operations, doubt = "Chunk(dim=0)", pair.doubt
    if len(set(pair.sizes)) > 1:
        operations = "Split(dim=0)" if hasattr(core_model_loading, "Split") else "SplitHeads()"
    if operations == "SplitHeads()":
        doubt = "taken to be interleaved by head: this Transformers has no Split for rows that are stacked"
    operations = f"Transpose(0, 1), {operations}" if pair.transpose else operations
    targets = [port.lstrip("./") for port in pair.ports]
    yield _converter([renamed.lstrip("./")], targets, operations, doubt)


def _join(pair: Pair, scope: Scope) -> Iterator[Rule]:
    sources = []
    for name in pair.originals:
        renamed = f"{_parent(pair.ports)}{_own(name)}.{_leaf(name)}"
        yield from _rename(name, renamed, scope, pair.doubt)
        sources.append(renamed.lstrip("./"))
    yield _converter(sources, [pair.ports[0].lstrip("./")], "Concatenate(dim=0)", pair.doubt)


def _rename(name: str, renamed: str, scope: Scope, doubt: str) -> Iterator[Rule]:
    if scope.lists is None:
        if name != renamed:
            yield Rule(_renaming(f"^{_escape(name)}", renamed), False, doubt)
        return
    original, port = scope.lists
    prefix = port.prefix if scope.renumbered else original.prefix
    if prefix + name != port.prefix + renamed:
        yield Rule(_renaming(rf"^{_escape(prefix)}(\d+){_escape(name)}", rf"{port.prefix}\1{renamed}"), False, doubt)


def _renaming(source: str, target: str) -> str:
    return f"WeightRenaming({_raw(source)}, {_raw(target)})"


def _converter(sources: list[str], targets: list[str], operations: str, doubt: str) -> Rule:
    one, other = (
        _raw(names[0]) if len(names) == 1 else f"[{', '.join(map(_raw, names))}]" for names in (sources, targets)
    )
    parts = [one, other, f"operations=[{operations}]"]
    if len(", ".join(parts)) < WIDTH - len("    WeightConverter(),"):
        return Rule(f"WeightConverter({', '.join(parts)})", True, doubt)
    return Rule("WeightConverter(\n" + "".join(f"        {part},\n" for part in parts) + "    )", True, doubt)


def _raw(text: str) -> str:
    return f'r"{text}"' if "\\" in text else f'"{text}"'


def _escape(name: str) -> str:
    return name.replace(".", r"\.")


def _module(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[0] if "/" not in name else name.rpartition("/")[0]


def _leaf(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2]


def _own(name: str) -> str:
    """A name for what goes through a converter: the original's own, where it is a word."""
    own = _module(name).replace("/", ".").rpartition(".")[2]
    return own if own and not own.isdigit() else "fused"


def _parent(ports: tuple[str, ...]) -> str:
    parent = _module(_module(ports[0]))
    return f"{parent}." if parent else "."
