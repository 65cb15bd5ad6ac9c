"""What a checkpoint, or a model, consists of: layer lists with their kinds of layers, and what stands outside."""

from collections import Counter
from dataclasses import dataclass, field

from porting.nearest.fused import unfused
from porting.nearest.lists import Scope, find_scopes
from porting.nearest.names import Piece, Shapes, cleaned, pieces, words


# (kind of weight, sides in order of size) -> [how many, how many of them with a bias]
Bag = dict[tuple[str, tuple[int, ...]], list[int]]
_MOST_KINDS = 6
_FEW_MATRICES = 5


@dataclass
class Kind:
    """Equal layers: what one of them holds as stored, and with fused projections (`fused` says which) taken apart."""

    bag: Bag
    plain: Bag
    count: int
    fused: str = ""
    pieces: list[Piece] = field(default_factory=list)


@dataclass
class Layers:
    """A list of layers, its most frequent kind first."""

    template: str
    kinds: list[Kind]
    count: int

    @property
    def size(self) -> float:
        return sum(weigh(kind.bag) for kind in self.kinds)


@dataclass
class Description:
    """A checkpoint without sizes that anyone has to know: `words` are those of its names."""

    lists: list[Layers]
    outside: Bag
    outer_pieces: list[Piece]
    words: dict[str, int]


def describe(shapes: Shapes) -> Description:
    """Read names and shapes; an empty description for what holds no weight."""
    shapes = cleaned(shapes)
    scopes, outside = find_scopes(shapes)
    lists = [layers for scope in scopes if (layers := _layers(scope))]
    lists.sort(key=lambda layers: -layers.size * min(layers.count, 4))
    outer = pieces(outside)
    return Description(lists, bag_of(outer), outer, _words(lists, outer))


def bag_of(found: list[Piece]) -> Bag:
    bag: Bag = {}
    for piece in found:
        entry = bag.setdefault((piece.kind, piece.sides), [0, 0])
        entry[0] += 1
        entry[1] += piece.bias is not None
    return bag


def weigh(bag: Bag, outside: bool = False) -> float:
    """How much a bag counts: matrices more than vectors, biases least; of what is outside, copies less."""
    return sum(weight_of(key, *entry, outside) for key, entry in bag.items())


def weight_of(key: tuple, count: float, biased: float, outside: bool = False) -> float:
    vector = key[0] in ("vector", "batch norm")
    if outside and not vector:  # a table of a vocabulary is often stored once for each of its uses
        count, biased = min(count, 1 + 0.3 * (count - 1)), min(biased, 1 + 0.3 * (biased - 1))
    return (0.6 if vector else 1.0) * count + (0.3 if vector else 0.35) * biased


def _layers(scope: Scope) -> Layers | None:
    layers = [scope.layers[number] for number in sorted(scope.layers)]
    made = [pieces(layer) for layer in layers]
    made = _joined(made)
    kinds: dict[tuple, Kind] = {}
    for layer in made:
        bag = bag_of(layer)
        key = tuple(sorted((key, *entry) for key, entry in bag.items()))
        if key in kinds:
            kinds[key].count += 1
        else:
            apart, fused = unfused(layer)
            kinds[key] = Kind(bag, bag_of(apart), 1, fused, layer)
    chosen = sorted(kinds.values(), key=lambda kind: -kind.count)[:_MOST_KINDS]
    return Layers(scope.template, chosen, len(made)) if chosen else None


def _joined(layers: list[list[Piece]]) -> list[list[Piece]]:
    """Attention and feed-forward that are numbered as layers of their own, in turn, as parts of one layer."""
    count = len(layers)
    matrices = [frozenset((p.kind, p.sides) for p in layer if len(p.sides) > 1) for layer in layers]
    if count < 4 or any(sum(len(piece.sides) > 1 for piece in layer) > _FEW_MATRICES for layer in layers):
        return layers
    for period in (2, 3, 4):
        if count % period or count < 2 * period:
            continue
        if any(matrices[number] != matrices[number % period] for number in range(count)):
            continue
        first = matrices[:period]
        if any(not a & b for a in first for b in first):
            return [sum(layers[number : number + period], []) for number in range(0, count, period)]
    return layers


def _words(lists: list[Layers], outer: list[Piece]) -> dict[str, int]:
    counts: Counter = Counter()
    for layers in lists:
        counts.update({f"/{word}" for word in words(layers.template)})
        for kind in layers.kinds:
            counts.update({word for piece in kind.pieces for word in words(piece.path)})
    for piece in outer:
        counts.update(set(words(piece.path)))
    return dict(counts)
