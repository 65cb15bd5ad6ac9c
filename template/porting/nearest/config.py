"""The configuration that a checkpoint's shapes give for the model it is most like, and what they do not give."""

import ast
from collections import Counter
from dataclasses import dataclass, field

from porting.nearest.describe import Description
from porting.nearest.rank import Row
from porting.nearest.sizes import role_of_size
from porting.tiny.roles import MAIN_WIDTHS


_READ = ("width", "inner", "expert_inner", "vocabulary", "positions", "experts", "rank", "head_dim", "state", "layers")
_HEADS = ("heads", "groups of heads")
# A smaller number that no weight has is a kernel or the like, and not worth a line.
_SMALL = 16


@dataclass
class Proposal:
    """Field of the configuration (dots for those of its parts) -> value; `unread` are sizes that no shape gives."""

    values: dict[str, object] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def propose(found: Description, row: Row) -> Proposal:
    """Read the sizes off: what a size of the index became in the checkpoint is the value of the fields that have it."""
    solved = _solved(row)
    sizes = row.entry.sizes
    made = Proposal()
    for name, size in sizes.items():
        role = role_of_size(name)
        if role in _READ and role != "layers" and size in solved:
            made.values[name] = solved[size]
        elif role in _HEADS or role in _READ and role != "layers" and size >= _SMALL:
            made.unread.append(name)
    _layers(found, row, made)
    _heads(sizes, solved, made)
    for option in filter(None, row.entry.option.split(", ")):
        name, _, value = option.partition("=")
        made.values[name] = ast.literal_eval(value)
        made.unread = [other for other in made.unread if other != name]
    _tie(found, made)
    return made


def _solved(row: Row) -> dict[int, int]:
    """Size in the index -> in the checkpoint, as the largest part says where they differ."""
    solved: dict[int, int] = {}
    for part in row.fitted.parts:
        for _, _, found in part.pairs:
            solved = {**found.solved, **solved}
    return solved


def _layers(found: Description, row: Row, made: Proposal) -> None:
    """The numbers of layers, each of the part of the configuration whose width its layers have."""
    sizes = row.entry.sizes
    fields = [name for name in sizes if role_of_size(name) == "layers"]
    given: set[str] = set()
    for part in row.fitted.parts:
        if part.own < 0:
            continue
        template = found.lists[part.own].template.lower()
        rows = row.entry.layers[part.theirs][0]
        widths = Counter(side for _, _, sides, _ in rows for side in set(sides))
        parts = {
            name.rpartition(".")[0]
            for name, size in sizes.items()
            if name.rpartition(".")[2] in MAIN_WIDTHS and widths and size == widths.most_common(1)[0][0]
        }
        inside = [name for name in fields if name.rpartition(".")[0] in parts and name not in given]
        side = "decoder" if "dec" in template else "encoder" if "enc" in template else ""
        chosen = next((name for name in inside if side and side in name.rpartition(".")[2]), None)
        chosen = chosen or next((name for name in inside if "decoder" not in name and "encoder" not in name), None)
        if chosen or len(inside) == 1:
            name = chosen or inside[0]
            given.add(name)
            made.values[name] = found.lists[part.own].count
    made.unread += [name for name in fields if name not in given]


def _heads(sizes: dict[str, int], solved: dict[int, int], made: Proposal) -> None:
    """Numbers of heads where a weight shows them: by the width of one head, or a weight with one number for each."""
    for name in [name for name in made.unread if role_of_size(name) in _HEADS]:
        path, _, own = name.rpartition(".")
        head_size = next(
            (f for f in sizes if f.rpartition(".")[0] == path and f.rpartition(".")[2] in ("head_dim", "d_kv")), None
        )
        count = sizes[name]
        if head_size and head_size in made.values and count * sizes[head_size] in solved:
            heads, left = divmod(solved[count * sizes[head_size]], made.values[head_size])
            if heads and not left:
                made.values[name] = heads
        elif role_of_size(name) == "heads" and count in solved and solved[count] < 512 and count > 2:
            heads = made.values[name] = solved[count]
            whole = solved.get(count * sizes[head_size]) if head_size else None
            if whole and head_size not in made.values and whole % heads == 0:
                made.values[head_size] = whole // heads
    made.unread = [name for name in made.unread if name not in made.values]
    for query, key in _pairs(sizes):
        both = [sizes[query] * sizes.get("head_dim", 0), sizes[key] * sizes.get("head_dim", 0)]
        if query in made.unread and key in made.unread and all(size in solved for size in both):
            share, left = divmod(solved[both[0]], solved[both[1]])
            if share > 1 and not left:
                made.notes.append(f"{query} is {share} times {key}")


def _pairs(sizes: dict[str, int]) -> list[tuple[str, str]]:
    keys = [name for name in sizes if role_of_size(name) == "groups of heads"]
    return [
        (name, key)
        for key in keys
        for name in sizes
        if role_of_size(name) == "heads" and name.rpartition(".")[0] == key.rpartition(".")[0]
    ]


def _tie(found: Description, made: Proposal) -> None:
    """Whether the table of words is stored a second time, as the head."""
    vocabularies = {value for name, value in made.values.items() if role_of_size(name) == "vocabulary"}
    tables = sum(
        count
        for (kind, sides), (count, _) in found.outside.items()
        if kind == "matrix" and len(sides) == 2 and vocabularies & set(sides)
    )
    if tables == 1:
        made.values["tie_word_embeddings"] = True
        made.notes.append("tie_word_embeddings: the table of words is stored once; False if a head was left out")
    elif tables > 1:
        made.values["tie_word_embeddings"] = False
        made.notes.append("tie_word_embeddings: table and head are stored apart; True if they hold the same numbers")


def draft(made: Proposal, base: str) -> str:
    """The text of a `convert_config` to take over."""
    nested: dict = {}
    for name, value in made.values.items():
        *path, last = name.split(".")
        inside = nested
        for part in path:
            inside = inside.setdefault(part, {})
        inside[last] = value
    lines = [
        f'"""Proposed by `make nearest` from the shapes of the checkpoint, for a port that starts from {base}.',
        "",
        "Each run writes it anew. Take over into rules.py what holds; better than a number that is written here is the",
        'original\'s own, read from its hyper-parameters."""',
        "",
        "",
        "def convert_config(hyperparameters: dict) -> dict:",
        "    return {",
        *_items(nested, 2),
        "    }",
        "",
    ]
    if made.unread:
        lines += ["", "# No shape gives these; the original's code or hyper-parameters do:"]
        lines += [f"#   {name}" for name in made.unread]
    if made.notes:
        lines += ["", *(f"# {note}" for note in made.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _items(values: dict, depth: int) -> list[str]:
    lines = []
    for name, value in values.items():
        pad = "    " * depth
        if isinstance(value, dict):
            lines += [f'{pad}"{name}": {{', *_items(value, depth + 1), f"{pad}}},"]
        else:
            lines.append(f'{pad}"{name}": {value!r},')
    return lines
