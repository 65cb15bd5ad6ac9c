"""A candidate in sentences: what fits, what the checkpoint has beyond it, what it has that the checkpoint lacks."""

from dataclasses import dataclass, field
from math import prod

from porting.nearest.describe import Description
from porting.nearest.entries import pieces_of
from porting.nearest.facts import PARTS, Facts, differences, facts_of, said
from porting.nearest.names import Piece, words
from porting.nearest.rank import Row


_MOST_NAMES = 6


@dataclass
class Explained:
    """`settled`: the share of the checkpoint's numbers that stands in weights with a counterpart; the rest sentences."""

    settled: float
    fits: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)


def explain(found: Description, row: Row) -> Explained:
    """Compare a checkpoint with a candidate, list of layers by list of layers."""
    made = Explained(0.0)
    matched, total = 0, 0
    paired_lists = set()
    for part in row.fitted.parts:
        if part.own < 0:
            own, theirs = found.outer_pieces, pieces_of(row.entry.outside)
            solved = part.pairs[0][2].solved
            beyond, lacks = left_over(own, theirs, solved)
            made.beyond += _named("outside the layers", beyond)
            made.lacks += _named("outside the layers", lacks)
            matched += _numbers(own) - _numbers(beyond)
            total += _numbers(own)
            continue
        paired_lists.add(part.own)
        layers = found.lists[part.own]
        where = f"in the layers {layers.template.strip('.')}" if len(found.lists) > 1 else "in a layer"
        pairs = {a: (b, fitted) for a, b, fitted in part.pairs}
        main = part.pairs[0]
        for number, kind in enumerate(layers.kinds):
            numbers = _numbers(kind.pieces) * kind.count
            total += numbers
            other, fitted = pairs.get(number, main[1:])
            theirs = pieces_of(row.entry.layers[part.theirs][other])
            beyond, lacks = left_over(kind.pieces, theirs, fitted.solved, kind.fused)
            matched += numbers - _numbers(beyond) * kind.count
            if number == main[0]:
                made.beyond += _named(where, beyond)
                made.lacks += _named(where, lacks)
                _compare(facts_of(kind.pieces), facts_of(theirs), where if len(found.lists) > 1 else "", made)
    for number, layers in enumerate(found.lists):
        if number not in paired_lists:
            total += sum(_numbers(kind.pieces) * kind.count for kind in layers.kinds)
            made.beyond.append(f"{layers.count} layers {layers.template.strip('.')}")
    theirs_paired = {part.theirs for part in row.fitted.parts}
    for number, kinds in enumerate(row.entry.layers):
        if number not in theirs_paired:
            said = {word: None for path, *_ in kinds[0] for word in words(path)}
            made.lacks.append(f"a further list of layers ({', '.join(list(said)[:4])})")
    made.settled = matched / total if total else 0.0
    return made


def _compare(own: Facts, theirs: Facts, where: str, made: Explained) -> None:
    place = f" ({where})" if where else ""
    made.fits += [said(part, own[part]) + place for part in PARTS if part in own and own[part] == theirs.get(part)]
    made.differs += [line + place for line in differences(own, theirs)]


def left_over(
    own: list[Piece], theirs: list[Piece], solved: dict[int, int], fused: str = ""
) -> tuple[list[Piece], list[Piece]]:
    """The modules of either side without a counterpart of the same sides; of equals those whose names say otherwise."""
    if fused:
        from porting.nearest.fused import unfused

        own, theirs = unfused(own)[0], unfused(theirs)[0]
    lacks, open_own = [], list(own)
    for piece in theirs:
        sides = tuple(sorted(solved.get(side, -side) for side in piece.sides))
        same = [other for other in open_own if (other.kind, other.sides) == (piece.kind, sides)]
        if not same:
            lacks.append(piece)
            continue
        said = set(words(piece.path))
        open_own.remove(max(same, key=lambda other: len(said & set(words(other.path)))))
    return open_own, lacks


def _numbers(found: list[Piece]) -> int:
    return sum(prod(piece.sides) + (piece.bias or 0) for piece in found)


def _named(where: str, found: list[Piece]) -> list[str]:
    if not found:
        return []
    names = list(dict.fromkeys(piece.path.strip(".") for piece in found))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return [f"{where}: {', '.join(names[:_MOST_NAMES])}{more}"]


def parts(found: Description, rows: list[Row]) -> dict[str, str]:
    """Part of a layer -> the first model that has it as the checkpoint has: what a modular file can be composed of."""
    if not found.lists:
        return {}
    own = facts_of(found.lists[0].kinds[0].pieces)
    chosen: dict[str, str] = {}
    for name in own:
        if name == "beside these":
            continue
        for row in rows[:60]:
            theirs = _facts_of_main(row)
            if name in theirs and _without_layout(theirs[name]) == _without_layout(own[name]):
                chosen[name] = row.types[0]
                break
    return chosen


def _facts_of_main(row: Row) -> Facts:
    """What the layers of a candidate hold that were paired with the most frequent of the checkpoint."""
    part = next((part for part in row.fitted.parts if part.own == 0), None)
    kind = next((b for a, b, _ in part.pairs if a == 0), None) if part else None
    return {} if kind is None else facts_of(pieces_of(row.entry.layers[part.theirs][kind]))


def _without_layout(aspects: dict[str, str]) -> dict[str, str]:
    return {aspect: word for aspect, word in aspects.items() if aspect != "projections"}


def cannot_tell(found: Description, kind: str) -> list[str]:
    """What weights do not show, and the code of the original does."""
    outer = {word for piece in found.outer_pieces for word in words(piece.path)}
    layers = {
        word for each in found.lists for kind_ in each.kinds for piece in kind_.pieces for word in words(piece.path)
    }
    unseen = []
    if "pos" not in outer and not layers & {"rel", "pos"}:
        unseen.append("positions (rotary and how, ALiBi, none)")
    if kind in ("decoder", "encoder", "other"):
        unseen.append("masks and windows")
    unseen.append("norm before or after, eps")
    norms = [piece for each in found.lists for k in each.kinds[:1] for piece in k.pieces if len(piece.sides) == 1]
    if any(piece.bias is None for piece in norms):
        unseen.append("RMS norm or layer norm, 1 + weight")
    unseen.extend(("activation", "scales, caps and multipliers"))
    if any(len(piece.sides) == 3 for each in found.lists for k in each.kinds for piece in k.pieces):
        unseen.append("how the router chooses")
    return unseen
