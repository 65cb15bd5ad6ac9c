"""How well a structure of the index fits a checkpoint: its lists of layers, their kinds, and what stands outside."""

from dataclasses import dataclass, field
from math import sqrt

from porting.nearest.describe import Bag, weigh
from porting.nearest.entries import Structure
from porting.nearest.match import Fit, concrete, fit


# What it costs that one has projections fused and the other apart.
_FUSED = 0.008
# So many kinds of layers of a list are looked at.
_MOST_KINDS = 4
# What a kind of layer without a partner counts, of how much it is like another one.
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
        if not own[3]:
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
