"""Projections that are stored as one, taken apart: query, key and value; gate and up; experts in either way."""

import os
from collections import Counter
from dataclasses import replace

from porting.nearest.names import Piece, words


_QKV = {"qkv", "qkvprojection", "cattention", "wqkv", "toqkv", "wpack", "querykeyvalue"}


def hidden_of(layer: list[Piece]) -> int | None:
    """The width of the residual stream: the side that most weights of a layer have."""
    counts: Counter = Counter()
    for piece in layer:
        counts.update({side: 2 if len(piece.sides) > 1 else 1 for side in set(piece.sides)})
    return max(counts, key=lambda side: (counts[side], side)) if counts else None


def unfused(layer: list[Piece]) -> tuple[list[Piece], str]:
    """The pieces with each fused projection in its parts, where shapes and names leave no other reading; and which."""
    hidden = hidden_of(layer)
    if hidden is None:
        return layer, ""
    found: list[Piece] = []
    marks = set()
    for piece in layer:
        parts = _qkv(piece, layer, hidden, True) or _gate_up(piece, layer) or _qkv(piece, layer, hidden, False)
        if parts:
            marks.add("+".join(name for name, *_ in parts))
        found += [
            replace(piece, path=f"{piece.path}.{name}", sides=tuple(sorted(sides)), bias=width if piece.bias else None)
            for name, sides, width in parts
        ] or [piece]
    return found, " ".join(sorted(marks))


def _qkv(piece: Piece, layer: list[Piece], hidden: int, by_name: bool) -> list[tuple]:
    """(name, sides, width) of query, key and value, where the name says that they are fused, or else the sides."""
    if piece.kind != "matrix" or len(piece.sides) != 2 or hidden not in piece.sides:
        return []
    wide = piece.beside(hidden)
    said = set(words(piece.path))
    named = said & _QKV or {"q", "k", "v"} <= said or {"c", "attention"} <= said and "projection" not in said
    if by_name != bool(named or said & {"kv", "kvprojection", "tokv"}):
        return []
    outputs = {}
    for other in layer:
        if other is not piece and len(other.sides) == 2 and hidden in other.sides:
            side = other.beside(hidden)
            common = len(os.path.commonprefix([other.path, piece.path]))
            outputs[side] = max(common, outputs.get(side, 0))
    alone = sum(other.kind == piece.kind and other.sides == piece.sides for other in layer) == 1
    if wide == 3 * hidden and (named or alone and hidden in outputs):
        return [(name, (hidden, hidden), hidden) for name in "qkv"]
    if named:
        for query in sorted(outputs, key=lambda side: (-outputs[side], -side)):
            rest = wide - query
            if 0 < rest <= 2 * query and rest % 2 == 0 and query % (rest // 2) == 0:
                return [("q", (hidden, query), query), *((n, (hidden, rest // 2), rest // 2) for n in "kv")]
    if wide == 2 * hidden and said & {"kv", "kvprojection", "tokv"}:
        return [(name, (hidden, hidden), hidden) for name in "kv"]
    return []


def _gate_up(piece: Piece, layer: list[Piece]) -> list[tuple]:
    """(name, sides, width) of gate and up."""
    if piece.kind != "matrix" or len(piece.sides) not in (2, 3):
        return []
    for side in piece.sides:
        others = list(piece.sides)
        others.remove(side)
        half = side // 2
        if side % 2 or half in piece.sides or half < 8:
            continue
        down = tuple(sorted((*others, half)))
        same = [other for other in layer if other.kind == piece.kind and other.sides == down]
        if len(same) == 1:
            return [("gate", down, half), ("up", down, half)]
    return []
