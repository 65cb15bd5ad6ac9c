"""All model types of an index, in the order of how well a checkpoint fits them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log, sqrt

from porting.errors import CheckFailed
from porting.nearest.describe import Description, describe
from porting.nearest.entries import Entry, Index, Structure, structure_of
from porting.nearest.fitting import Fitted, fit_structure
from porting.nearest.names import Shapes


# How many structures are solved for, of those that a rough look finds alike.
_CLOSE_LOOK = 300
# Beside structure, which counts 1: names; that others build on a model; that nothing is left over on either side.
_NAMES = 0.15
_PRIOR = 0.015
_EXACT = 0.03
# What it costs that a model fits with an option that is not its default.
_OPTION = 0.004
# A checkpoint without a list of layers is a model if one without them fits so well.
_NO_LISTS = 0.8


@dataclass
class Row:
    """Model types that cannot be told apart at this checkpoint's sizes, the one most built on first."""

    types: tuple[str, ...]
    score: float
    entry: Entry
    fitted: Fitted
    options: dict[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()


def rank(shapes: Shapes, index: Index, exclude: Iterable[str] = ()) -> list[Row]:
    """The rows of an index, best first, for a checkpoint's names and shapes. Raises CheckFailed for what is no model."""
    found = describe(shapes)
    return rank_description(found, index, exclude)


def rank_description(found: Description, index: Index, exclude: Iterable[str] = ()) -> list[Row]:
    """`rank` for a checkpoint that was described. Raises CheckFailed."""
    check(found)
    excluded = {name.replace("-", "_") for name in exclude}
    entries = [entry for entry in index.entries if entry.model_type.replace("-", "_") not in excluded]
    own = structure_of(found)
    names = {id(entry): _name_score(found, entry, index) for entry in entries}
    close = _closest(own, entries, names, index)
    fits = {number: fit_structure(own, index.structures[number]) for number in close}
    best: dict[str, tuple[float, Entry]] = {}
    for entry in entries:
        if entry.structure not in fits:
            continue
        score = _score(fits[entry.structure].share, names[id(entry)])
        score -= _OPTION * entry.option.count("=")
        if entry.model_type not in best or score > best[entry.model_type][0]:
            best[entry.model_type] = (score, entry)
    rows = _rows(best, fits, index)
    if not rows:
        raise CheckFailed("no model is left to rank: all of the index are excluded; leave some in")
    if not found.lists and rows[0].fitted.share < _NO_LISTS:
        raise CheckFailed(
            "no list of layers is found (modules repeated with a number in their names), and no model without one fits"
        )
    return rows


def check(found: Description) -> None:
    """Raises CheckFailed for what is no model, before any work."""
    if not found.lists and not any(len(sides) > 1 for _, sides in found.outside):
        raise CheckFailed("no matrix is among the weights: this is no checkpoint of a model; name another CHECKPOINT=")


def _score(share: float, name: float) -> float:
    return (share + _NAMES * name + _EXACT * (share > 0.9995)) / (1 + _NAMES + _EXACT)


def _rows(best: dict[str, tuple[float, Entry]], fits: dict[int, Fitted], index: Index) -> list[Row]:
    groups: dict[tuple, list[tuple[float, Entry]]] = {}
    for score, entry in best.values():
        groups.setdefault(fits[entry.structure].key, []).append((score, entry))
    rows = []
    for members in groups.values():
        members.sort(key=lambda member: (-index.built_on.get(_module(member[1]), 0), -member[0]))
        score, entry = max(members, key=lambda member: member[0])
        prior = max(log(1 + index.built_on.get(_module(entry), 0)) / 4 for _, entry in members)
        types = tuple(entry.model_type for _, entry in members)
        head = members[0][1]
        options = {entry.model_type: entry.option for _, entry in members if entry.option}
        entries = tuple(entry for _, entry in members)
        score = min(score + _PRIOR * min(prior, 1), 1.0)
        rows.append(Row(types, score, head, fits[head.structure], options, entries))
    return sorted(rows, key=lambda row: (-row.score, row.types))


def _module(entry: Entry) -> str:
    from porting.base.table import find

    known = find(entry.model_type)
    return known.module if known else entry.model_type


def _name_score(found: Description, entry: Entry, index: Index) -> float:
    """The rare words that both have, over those of either, times the share of the checkpoint's words that are known."""
    rarity = index.rarity
    own = [word for word in found.words if word in rarity]
    if not own:
        return 0.0
    both = sum(rarity[word] for word in own if word in entry.words)
    either = sum(rarity[word] for word in own) + sum(rarity[word] for word in entry.words) - both
    return both / either * sqrt(len(own) / len(found.words)) if either else 0.0


def _closest(own: Structure, entries: list[Entry], names: dict, index: Index) -> list[int]:
    rough: dict[int, float] = {}
    for entry in entries:
        number = entry.structure
        if number not in rough:
            other = index.structures[number].outline
            both = (own.outline & other).total()
            rough[number] = both / (own.outline.total() + other.total() - both)
    named: dict[int, float] = {}
    for entry in entries:
        named[entry.structure] = max(named.get(entry.structure, 0), names[id(entry)])
    order = sorted(rough, key=lambda number: -rough[number] - 0.5 * named[number])
    return order[:_CLOSE_LOOK]
