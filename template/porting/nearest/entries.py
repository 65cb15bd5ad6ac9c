"""What the index holds of each model type: structures that many share, and an entry for each way to build a type."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log

from porting.nearest.describe import Bag, Description, bag_of, describe
from porting.nearest.names import Piece
from porting.nearest.survey import Surveyed


@dataclass(frozen=True)
class Structure:
    """What models hold: for each list of layers its kinds, as (bag, bag with fused projections apart, count, which)."""

    lists: tuple[tuple[tuple[Bag, Bag, int, str], ...], ...]
    outside: Bag

    @cached_property
    def outline(self) -> Counter:
        """Weights by number of sides and bias, without sizes: in a layer, and outside."""
        counts: Counter = Counter()
        for kinds in self.lists:
            for _, plain, *_ in kinds[:3]:
                _count(counts, "layer", plain, 1 / min(len(kinds), 3))
        _count(counts, "outside", self.outside, 1)
        return counts


def _count(counts: Counter, where: str, bag: Bag, weight: float) -> None:
    for (kind, sides), (count, biased) in bag.items():
        counts[where, kind, len(sides), False] += (count - biased) * weight
        counts[where, kind, len(sides), True] += biased * weight


@dataclass(frozen=True)
class Entry:
    """One way to build a type: its class, the option that differs from the default, and what comes of it.

    `layers` has the modules of each kind of layer of each list, and `outside` those beside, as rows that
    `names.Piece` is made of; `sizes` are the numbers of the configuration, `modules` the classes of the modules.
    """

    model_type: str
    class_name: str
    option: str
    structure: int
    words: frozenset[str]
    layers: list
    outside: list
    sizes: dict[str, int]
    modules: list[str]


@dataclass
class Index:
    """All entries, the structures they share, how many modular files build on a type, and what could not be built."""

    release: str
    structures: list[Structure] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    built_on: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @cached_property
    def types(self) -> list[str]:
        return sorted({entry.model_type for entry in self.entries})

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Word -> how much it says: 1 for one that a single type has, towards 0 for one that all have."""
        of_types: dict[str, set[str]] = {}
        for entry in self.entries:
            for word in entry.words:
                of_types.setdefault(word, set()).add(entry.model_type)
        total = log(len(self.types) + 1)
        return {word: 1 - log(len(types)) / total for word, types in of_types.items()}


def described(model: Surveyed) -> Iterator[dict]:
    """What the index needs of a surveyed model: as its state dict is, and without the names that share a weight."""
    untied = {name: shape for name, shape in model.shapes.items() if name not in model.tied}
    for names in [model.shapes, untied] if len(untied) < len(model.shapes) else [model.shapes]:
        found = describe(names)
        yield {
            **{name: getattr(model, name) for name in ("model_type", "class_name", "option", "sizes", "modules")},
            "structure": written(structure_of(found)),
            "words": sorted(found.words),
            "layers": [[_piece_rows(kind.pieces) for kind in each.kinds] for each in found.lists],
            "outside": _piece_rows(found.outer_pieces),
        }


def assemble(release: str, surveyed: Iterable[tuple[str, list[dict], str]], built_on: dict[str, int]) -> Index:
    """The index of what was surveyed and described: (model type, its models, why there is none)."""
    index = Index(release, built_on=built_on)
    numbers: dict[str, int] = {}
    for model_type, models, error in surveyed:
        if error:
            index.left_out[model_type] = error
        seen = set()
        plain: list[Entry] = []
        for model in models:
            number = _number(model["structure"], index, numbers)
            if (number, model["option"]) in seen:
                continue
            seen.add((number, model["option"]))
            kept = (model["layers"], model["outside"], model["sizes"], model["modules"])
            entry = Entry(model_type, model["class_name"], model["option"], number, frozenset(model["words"]), *kept)
            index.entries.append(entry)
            plain += [] if entry.option else [entry]
        core = _core(plain)
        if core is not None:
            structure = Structure(index.structures[plain[0].structure].lists, bag_of(pieces_of(core)))
            number = _number(written(structure), index, numbers)
            if all(entry.structure != number for entry in plain):
                index.entries.append(replace(plain[0], structure=number, outside=core))
    return index


def _number(rows: list, index: Index, numbers: dict[str, int]) -> int:
    number = numbers.setdefault(json.dumps(rows), len(numbers))
    if number == len(index.structures):
        index.structures.append(read(rows))
    return number


def _core(entries: list[Entry]) -> list | None:
    """What all classes of a type have outside of their layers, by name: no pooler, no head."""
    others = [[path for path, *_ in entry.outside] for entry in entries[1:]]
    if not others:
        return None
    return [row for row in entries[0].outside if all(any(p.endswith(row[0]) for p in paths) for paths in others)]


def structure_of(found: Description) -> Structure:
    lists = tuple(
        tuple((kind.bag, kind.plain, kind.count, kind.fused) for kind in layers.kinds) for layers in found.lists
    )
    return Structure(lists, found.outside)


def written(structure: Structure) -> list:
    """A structure as JSON has it."""
    lists = [[[_rows(bag), _rows(plain), *rest] for bag, plain, *rest in kinds] for kinds in structure.lists]
    return [lists, _rows(structure.outside)]


def read(rows: list) -> Structure:
    """A structure from what `written` made of it."""
    lists, outside = rows
    return Structure(
        tuple(tuple((_bag(bag), _bag(plain), *rest) for bag, plain, *rest in kinds) for kinds in lists), _bag(outside)
    )


def _rows(bag: Bag) -> list:
    return sorted([kind, list(sides), *entry] for (kind, sides), entry in bag.items())


def _bag(rows: list) -> Bag:
    return {(kind, tuple(sides)): [count, biased] for kind, sides, count, biased in rows}


def _piece_rows(found: list[Piece]) -> list:
    return [[piece.path, piece.kind, list(piece.sides), piece.bias] for piece in found]


def pieces_of(rows: list) -> list[Piece]:
    """The modules that an entry has as rows."""
    return [Piece(path, kind, tuple(sides), bias) for path, kind, sides, bias in rows]
