"""All model types of an index, in the order of how well a checkpoint fits them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log, sqrt

from porting.errors import CheckFailed
from porting.nearest.describe import Bag, Description, describe, weigh
from porting.nearest.entries import Entry, Index, Structure, structure_of
from porting.nearest.match import Fit, concrete, fit
from porting.nearest.names import Shapes


# How many structures are solved for, of those that a rough look finds alike.
_CLOSE_LOOK = 220
_NAMES = 0.15
_PRIOR = 0.015
_FUSED = 0.008
_EXACT = 0.03
_NO_LISTS = 0.8
_OPTION = 0.004
_SURE = 0.999
_MOST_KINDS = 4
_ALONE = 0.95


@dataclass
class Part:
    """A list of layers, or what is outside (`own` or `theirs` -1), of the checkpoint and of a model: how they fit."""

    own: int
    theirs: int
    share: float
    pairs: list[tuple[int, int, Fit]] = field(default_factory=list)


@dataclass
class Fitted:
    """A structure that was solved for: `share` from 0 to 1, its parts, and what it would hold at the sizes found."""

    share: float
    parts: list[Part]
    key: tuple


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
    scores = {}
    best: dict[str, tuple[float, Entry]] = {}
    for entry in entries:
        if entry.structure not in fits:
            continue
        score = _score(fits[entry.structure].share, names[id(entry)])
        score -= _OPTION * entry.option.count("=")
        scores[id(entry)] = score
        if entry.model_type not in best or score > best[entry.model_type][0]:
            best[entry.model_type] = (score, entry)
    rows = _rows(best, fits, index)
    if not found.lists and (not rows or rows[0].fitted.share < _NO_LISTS):
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
    pattern = _pattern(own)
    rough: dict[int, float] = {}
    for entry in entries:
        number = entry.structure
        if number not in rough:
            other = _pattern_of(index, number)
            both = sum(min(count, other[key]) for key, count in pattern.items() if key in other)
            rough[number] = both / (pattern.total() + other.total() - both)
    named: dict[int, float] = {}
    for entry in entries:
        named[entry.structure] = max(named.get(entry.structure, 0), names[id(entry)])
    order = sorted(rough, key=lambda number: -rough[number] - 0.5 * named[number])
    return order[:_CLOSE_LOOK]


def _pattern_of(index: Index, number: int) -> Counter:
    cache = index.__dict__.setdefault("_patterns", {})
    if number not in cache:
        cache[number] = _pattern(index.structures[number])
    return cache[number]


def _pattern(structure: Structure) -> Counter:
    """Weights by number of sides and bias, without sizes."""
    counts: Counter = Counter()
    for kinds in structure.lists:
        for _, plain, *_ in kinds[:3]:
            _count(counts, "layer", plain, 1 / min(len(kinds), 3))
    _count(counts, "outside", structure.outside, 1)
    return counts


def _count(counts: Counter, where: str, bag: Bag, weight: float) -> None:
    for (kind, sides), (count, biased) in bag.items():
        counts[where, kind, len(sides), False] += (count - biased) * weight
        counts[where, kind, len(sides), True] += biased * weight


def fit_structure(own: Structure, theirs: Structure) -> Fitted:
    """Pair lists and kinds of layers, and what is outside, and solve each for its sizes."""
    own_weights, their_weights = _weights(own), _weights(theirs)
    candidates = []
    for a, kinds in enumerate(own.lists):
        for b, others in enumerate(theirs.lists):
            part = _fit_list(kinds, others)
            candidates.append((part[0] * (own_weights[a] + their_weights[b]), a, b, part))
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[1:3]))
    parts: list[Part] = []
    solved: dict[int, int] = {}
    total = 0.0
    for gain, a, b, (share, pairs) in candidates:
        if any(part.own == a or part.theirs == b for part in parts):
            continue
        parts.append(Part(a, b, share, pairs))
        total += gain / 2
        for _, _, found in pairs:
            solved |= {size: value for size, value in found.solved.items() if size not in solved}
    outer = fit(own.outside, theirs.outside, solved, outside=True)
    parts.append(Part(-1, -1, outer.share, [(0, 0, outer)]))
    total += outer.share * (own_weights[-1] + their_weights[-1]) / 2
    return Fitted(total, parts, _key(theirs, parts))


def _weights(structure: Structure) -> dict[int, float]:
    """How much each list, and what is outside (-1), counts; together 1."""
    sizes = {number: sum(weigh(bag) for bag, *_ in kinds[:2]) for number, kinds in enumerate(structure.lists)}
    outside = weigh(structure.outside, outside=True)
    total = sum(sizes.values())
    share = min(max(outside / (outside + total), 0.2), 0.5) if outside and total else float(total == 0)
    return {number: size / total * (1 - share) for number, size in sizes.items()} | {-1: share}


def _fit_list(kinds: tuple, others: tuple) -> tuple[float, list[tuple[int, int, Fit]]]:
    """The share of two lists of layers that is the same, and which kinds were paired.

    A kind that is left without a partner counts as like the one it is most like: often one weight more or less.
    """
    kinds, others = kinds[:_MOST_KINDS], others[:_MOST_KINDS]
    found = {(a, b): _fit_kind(kinds[a], others[b]) for a in range(len(kinds)) for b in range(len(others))}
    a_weights, b_weights = _kind_weights(kinds), _kind_weights(others)
    order = sorted(found, key=lambda pair: (-found[pair].share * (a_weights[pair[0]] + b_weights[pair[1]]), pair))
    pairs: list[tuple[int, int, Fit]] = []
    for a, b in order:
        if not any(a == pair[0] or b == pair[1] for pair in pairs):
            pairs.append((a, b, found[a, b]))
    total = sum(fitted.share * (a_weights[a] + b_weights[b]) / 2 for a, b, fitted in pairs)
    for a in set(range(len(kinds))) - {pair[0] for pair in pairs}:
        total += _ALONE * a_weights[a] / 2 * max(found[a, b].share for b in range(len(others)))
    for b in set(range(len(others))) - {pair[1] for pair in pairs}:
        total += _ALONE * b_weights[b] / 2 * max(found[a, b].share for a in range(len(kinds)))
    return total, pairs


def _fit_kind(own: tuple, theirs: tuple) -> Fit:
    """Layers as they are stored where that is possible, else with what is fused taken apart."""
    stored = fit(own[0], theirs[0])
    if own[3] == theirs[3]:
        if not own[3] or stored.share > _SURE:
            return stored
        return Fit(stored.share, fit(own[1], theirs[1], stored.solved).solved | stored.solved)
    apart = fit(own[1], theirs[1])
    if stored.share > apart.share and _halves_hold(theirs, stored.solved):
        return stored
    return Fit(apart.share - _FUSED, apart.solved)


def _halves_hold(theirs: tuple, solved: dict[int, int]) -> bool:
    """Whether what a model has fused has the sum of the sizes of its parts in the checkpoint, too."""
    stored = {side for _, sides in theirs[0] for side in sides}
    apart = {side for _, sides in theirs[1] for side in sides}
    for whole in stored - apart:
        parts = [(part, part) for part in apart if 2 * part == whole]
        parts += [(part, part, part) for part in apart if 3 * part == whole]
        parts += [(q, k, k) for q in apart for k in apart if q + 2 * k == whole]
        if not any(
            all(part in solved for part in each) and solved.get(whole) == sum(solved[part] for part in each)
            for each in parts
        ):
            return False
    return True


def _kind_weights(kinds: tuple) -> list[float]:
    roots = [sqrt(kind[2]) for kind in kinds]
    return [root / sum(roots) for root in roots]


def _key(theirs: Structure, parts: list[Part]) -> tuple:
    """What a structure holds at the sizes that were found: equal for models that cannot be told apart here."""
    kinds = []
    for part in parts:
        for a, b, found in part.pairs:
            bag = theirs.outside if part.theirs < 0 else theirs.lists[part.theirs][b][0]
            kinds.append((part.own, a, found.twice, _frozen(concrete(bag, found.solved))))
    paired = {(part.theirs, b) for part in parts for _, b, _ in part.pairs}
    left = sorted(
        sum(weigh(bag) for b, (bag, *_) in enumerate(kinds) if (number, b) not in paired)
        for number, kinds in enumerate(theirs.lists)
    )
    return tuple(sorted(kinds)), tuple(left)


def _frozen(bag: Bag) -> tuple:
    """A bag to compare: sizes that were not found are all the same."""
    return tuple(
        sorted((kind, tuple(max(side, -1) for side in sides), *entry) for (kind, sides), entry in bag.items())
    )
