"""How well what a model of the index holds can be what a checkpoint holds: sizes are unknowns that are solved for."""

from collections import Counter
from dataclasses import dataclass

from porting.nearest.describe import Bag, weigh, weight_of


# Beyond so many pairs of weights only a hub's own value is tried.
_MANY = 4000
# Up to so many sizes all exchanges of two are tried.
_FEW = 12
# What it costs that two sizes outside of the layers turn out equal that need not be.
_TWICE = 0.06


@dataclass
class Fit:
    """`share` of what both hold that is in both (1: the same); `solved`: size in the index -> size in the checkpoint.

    `twice` counts the sizes outside of the layers that turned out equal to another, and need not be.
    """

    share: float
    solved: dict[int, int]
    twice: int = 0


def fit(own: Bag, theirs: Bag, known: dict[int, int] | None = None, outside: bool = False) -> Fit:
    """Solve for the sizes of a model of the index (`theirs`) that make it most like the checkpoint (`own`).

    Of what is outside the layers each size has a value of its own: a table of positions is none of words.
    """
    if not own or not theirs:
        return Fit(1.0 if not own and not theirs else 0.0, dict(known or {}))
    best = Fit(-1.0, {})
    for start in _starts(own, theirs, known):
        solved, twice = _solve(own, theirs, start, outside)
        share = shared(own, concrete(theirs, solved), outside)
        if 0.4 < share < 0.999:
            solved, share = _improved(own, theirs, solved, share, set(start), outside)
        share -= _TWICE * twice
        if share > best.share:
            best = Fit(share, solved, twice)
        if best.share > (0.9 if outside else 0.999):
            break
    return best


def _starts(own: Bag, theirs: Bag, known: dict[int, int] | None) -> list[dict[int, int]]:
    hub = _hubs(theirs)[0]
    if known:  # the first size of `known` is the width of the main layers
        width = next(iter(known))
        return [known, {width: known[width]}, {hub: _hubs(own)[0]}]
    return [{hub: value} for value in _hubs(own)[: 2 if len(own) * len(theirs) < _MANY else 1]]


def _hubs(bag: Bag) -> list[int]:
    """Sides by how many weights have them."""
    counts: Counter = Counter()
    for (_, sides), (number, _) in bag.items():
        for side in set(sides):
            counts[side] += number * (2 if len(sides) > 1 else 1)
    return sorted(counts, key=lambda side: (-counts[side], -side)) or [0]


def _solve(own: Bag, theirs: Bag, start: dict[int, int], outside: bool) -> tuple[dict[int, int], int]:
    """The sizes, and of what is outside how many got the value of another."""
    solved = dict(start)
    taken = {next(iter(start.values()))}
    twice = 0
    left = {key: entry[0] for key, entry in own.items()}
    hubs = set(start.values())
    narrow = _narrow(theirs)
    open_keys = []
    for key, (count, _) in theirs.items():
        if not _take(key, count, solved, left):
            open_keys.append((key, count))
    while open_keys:
        votes = _votes(open_keys, solved, left)
        for pair in [pair for pair in votes if pair[0] in narrow and pair[1] in hubs and not outside]:
            del votes[pair]
        if not votes:
            break
        first = max((not outside or pair[1] not in taken, count, *pair) for pair, count in votes.items())
        solved[first[2]] = first[3]
        twice += not first[0]
        taken.add(first[3])
        open_keys = [(key, count) for key, count in open_keys if not _take(key, count, solved, left)]
    return solved, twice


def _narrow(bag: Bag) -> set[int]:
    """The sizes that vectors alone have: those of a head. None of them is the width."""
    alone = {side for _, sides in bag for side in sides if len(sides) == 1}
    return alone - {side for _, sides in bag for side in sides if len(sides) > 1}


def _improved(
    own: Bag, theirs: Bag, solved: dict[int, int], share: float, fixed: set[int], outside: bool
) -> tuple[dict[int, int], float]:
    """Exchange the values of two sizes, or give a size that of another, as long as more fits."""
    sizes = sorted({size for _, sides in theirs for size in sides} - fixed - (set() if outside else _narrow(theirs)))
    if len(sizes) > _FEW:
        return solved, share
    values = sorted({value for _, sides in own for value in sides})
    trials = [(a, b) for number, a in enumerate(sizes) for b in sizes[number + 1 :]] if len(sizes) > 1 else []
    for _ in range(3):
        before = share
        for a, b in trials:
            if a not in solved or b not in solved:
                continue
            changed = {**solved, a: solved[b], b: solved[a]}
            found = shared(own, concrete(theirs, changed), outside)
            if found > share + 1e-9:
                solved, share = changed, found
        for size in sizes if not outside else ():
            for value in values if len(values) <= 2 * _FEW else ():
                changed = {**solved, size: value}
                found = shared(own, concrete(theirs, changed), outside)
                if found > share + 1e-9 or found > share - 1e-9 and size not in solved:
                    solved, share = changed, found
        if share == before:
            break
    return solved, share


def _take(key: tuple, count: int, solved: dict[int, int], left: dict) -> bool:
    """Whether all sides of a weight are solved; what it is in the checkpoint is used up then."""
    kind, sides = key
    if any(side not in solved for side in sides):
        return False
    there = (kind, tuple(sorted(solved[side] for side in sides)))
    if there in left:
        left[there] = max(0, left[there] - count)
    return True


def _votes(open_keys: list, solved: dict[int, int], left: dict) -> Counter:
    """(size in the index, value) -> how many weights would fit. Those with one unknown; if there are none, two."""
    votes: Counter = Counter()
    for unknowns in (1, 2, 3):
        for (kind, sides), count in open_keys:
            missing = [side for side in sides if side not in solved]
            if len(set(missing)) != unknowns:
                continue
            fixed = Counter(solved[side] for side in sides if side in solved)
            for (other, values), number in left.items():
                if number <= 0 or other != kind or len(values) != len(sides):
                    continue
                rest = list((Counter(values) - fixed).elements())
                if len(rest) != len(missing) or len(set(missing)) < len(set(rest)):
                    continue
                weight = min(count, number) * (2 if len(sides) > 1 else 1) - 0.01 * abs(count - number)
                for size, value in zip(sorted(missing), sorted(rest)):
                    votes[size, value] += weight
        if votes:
            return votes
    return votes


def concrete(theirs: Bag, solved: dict[int, int]) -> Bag:
    """What a model of the index would hold at the sizes found; an unknown size is its own negative."""
    bag: Bag = {}
    for (kind, sides), (count, biased) in theirs.items():
        key = (kind, tuple(sorted(solved.get(side, -side) for side in sides)))
        entry = bag.setdefault(key, [0, 0])
        entry[0] += count
        entry[1] += biased
    return bag


def shared(own: Bag, theirs: Bag, outside: bool = False) -> float:
    """The weight of what is in both over the weight of what is in either."""
    both = 0.0
    for key, (count, biased) in own.items():
        other = theirs.get(key)
        if other:
            both += weight_of(key, min(count, other[0]), min(biased, other[1]), outside)
    beyond = weigh(own, outside) - both
    lacking = weigh(theirs, outside) - both
    if outside:  # a head or a token that a model has beside is less than one that it has not
        beyond, lacking = 1.25 * beyond, 0.75 * lacking
    return both / (both + beyond + lacking) if both + beyond + lacking else 1.0
