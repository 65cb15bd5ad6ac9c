"""Layer lists: `transformer.h.{0,1,2}.attn.qkv.weight` on one side, `model.layers.{0,1,2}.…` on the other."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from math import prod


Shape = tuple[int, ...]
Names = dict[str, Shape]

_NUMBER = re.compile(r"(?:(?<=[./_])|^)\d+(?=[./])")
_READING = {"encoder", "enc", "reader", "source", "src"}
_WRITING = {"decoder", "dec", "writer", "target", "tgt"}


@dataclass(frozen=True)
class LayerList:
    """All layers whose names start with `prefix` and a number; `inside` has the part after it, of all layers together."""

    prefix: str
    indices: tuple[int, ...]
    inside: dict[str, Shape] = field(hash=False)
    layers_of: dict[str, frozenset[int]] = field(hash=False)


@dataclass(frozen=True)
class Scope:
    """Two sets of modules whose members belong together: a pair of layer lists, or all that is in neither.

    With `period` 2, layers 0 and 1 of the original are parts of layer 0 of the port. Where the numbers of the layers
    differ, for this or another reason, the original's names begin with `.part_0`, `.part_1` ….
    """

    original: Names
    port: Names
    lists: tuple[LayerList, LayerList] | None = None
    period: int = 1

    @property
    def renumbered(self) -> bool:
        return self.lists is not None and self.lists[0].indices != self.lists[1].indices


def find_lists(names: Names) -> list[LayerList]:
    """The outermost numbered lists with at least two layers of weights."""
    members: dict[str, dict[str, dict[int, Shape]]] = defaultdict(lambda: defaultdict(dict))
    for name, shape in names.items():
        number = _NUMBER.search(name)
        if number:
            members[name[: number.start()]][name[number.end() :]][int(number.group())] = shape
    lists = []
    for prefix, inside in members.items():
        indices = tuple(sorted({index for layers in inside.values() for index in layers}))
        if len(indices) > 1:
            shapes = {rest: next(iter(layers.values())) for rest, layers in inside.items()}
            lists.append(LayerList(prefix, indices, shapes, {rest: frozenset(on) for rest, on in inside.items()}))
    return lists


def pair_scopes(original: Names, port: Names) -> list[Scope]:
    """Pair the lists by how much they weigh and what their names say; the last scope is everything outside of lists."""
    candidates = []
    for port_list in find_lists(port):
        for original_list in find_lists(original):
            period, left = divmod(len(original_list.indices), len(port_list.indices))
            if left == 0 and 0 < period <= 4:
                candidates.append((_likeness(original_list, port_list, period), original_list, port_list, period))
    candidates.sort(key=lambda candidate: -candidate[0])
    scopes: list[Scope] = []
    for likeness, original_list, port_list, period in candidates:
        taken = [pair for scope in scopes for pair in scope.lists]
        if likeness > 0.5 and original_list not in taken and port_list not in taken:
            renumbered = original_list.indices != port_list.indices
            inside = _in_parts(original_list, period) if renumbered else dict(original_list.inside)
            scopes.append(Scope(inside, dict(port_list.inside), (original_list, port_list), period))
    return [*scopes, Scope(*(_outside(names, scopes, side) for side, names in enumerate((original, port))))]


def _likeness(original: LayerList, port: LayerList, period: int) -> float:
    weights = [sum(prod(shape) for shape in layers.inside.values()) for layers in (original, port)]
    if period > 1:  # the parts of a layer differ from each other, the layers do not
        place = {index: i % period for i, index in enumerate(original.indices)}
        if all(len({place[index] for index in on}) == period for on in original.layers_of.values()):
            return 0
        weights[0] = sum(prod(shape) for shape in _in_parts(original, period).values())
    words = [set(re.split(r"[./_]", layers.prefix)) for layers in (original, port)]
    agreement = sum(
        1 if all(side & word for word in words) else -1 if any(side & word for word in words) else 0
        for side in (_READING, _WRITING)
    )
    return min(weights) / max(weights) + 0.2 * agreement


def _in_parts(layers: LayerList, period: int) -> Names:
    place = {index: i % period for i, index in enumerate(layers.indices)}
    return {
        f".part_{part}{rest}": shape
        for rest, shape in layers.inside.items()
        for part in sorted({place[index] for index in layers.layers_of[rest]})
    }


def _outside(names: Names, scopes: list[Scope], side: int) -> Names:
    prefixes = [scope.lists[side].prefix for scope in scopes]
    return {
        name: shape
        for name, shape in names.items()
        if not any(name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isdigit() for prefix in prefixes)
    }
