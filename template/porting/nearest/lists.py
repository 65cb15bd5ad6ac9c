"""Layers: the modules that are repeated with a number, wherever the number stands in their names."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from porting.nearest.automatic import automatic_layers
from porting.nearest.names import Shapes, first_template, places


_FEWEST_MODULES = 3
_ALIKE = 0.5
_MOST = 0.7


@dataclass
class Scope:
    """The layers below one path: number of the layer (and of the lists around it) -> what is inside, by its name.

    In the name of experts # stands for their number; how many there are is the first side of what they hold.
    """

    template: str
    layers: dict[tuple[int, ...], Shapes] = field(default_factory=dict)


def find_scopes(shapes: Shapes) -> tuple[list[Scope], Shapes]:
    """The lists of layers, and what is in none of them."""
    shapes = _numbered(shapes)
    placed = {name: places(name) for name in shapes}
    members: dict[str, dict[tuple, dict[int, set]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for name, found in placed.items():
        for place in found:
            members[place.template][place.outer][place.value].add(place.rest)
    stacked = {template for template in members if "#" in template and _is_stack(template, members, shapes)}
    lists = {template: _is_list(template, by_outer) for template, by_outer in members.items()}
    counted = {template for template in members if _is_counted(template, shapes)}
    chosen = _chosen({template for template, is_list in lists.items() if is_list} - stacked - counted, placed)
    scopes: dict[str, Scope] = {}
    outside: Shapes = {}
    for name, shape in shapes.items():
        place = next((place for place in reversed(placed[name]) if place.template in chosen), None)
        if place is None:
            outside[name] = shape
            continue
        scope = scopes.setdefault(place.template, Scope(place.template))
        layer = scope.layers.setdefault((*place.outer, place.value), {})
        inner = next((other for other in placed[name] if other.template in stacked), None)
        if inner is not None and len(inner.template) > len(place.template):
            count = len(members[inner.template][inner.outer])
            start = len(name) - len(place.rest)
            rest = f"{name[start : len(name) - len(inner.rest) - len(str(inner.value))]}#{inner.rest}"
            layer[rest] = (count, *shape)
        else:
            layer[place.rest] = shape
    if not scopes:
        layers, outside = automatic_layers(shapes)
        if layers:
            return [Scope("", {(number,): layer for number, layer in enumerate(layers)})], outside
    return list(scopes.values()), outside


def _numbered(shapes: Shapes) -> Shapes:
    """The names with a number for the first of the layers that has none, as Keras leaves it: `encoder`, `encoder_1`."""
    counts = Counter(filter(None, map(first_template, shapes)))
    for template, count in counts.most_common(3):
        bare = template.rstrip("_")
        if bare and bare[-1].isalpha() and bare != template:
            first = [name for name in shapes if name.startswith(f"{bare}.")]
            if first and count + len(first) >= _MOST * len(shapes):
                names = {name: f"{template}0{name[len(bare) :]}" for name in first}
                return {names.get(name, name): shape for name, shape in shapes.items()}
    return shapes


def _is_counted(template: str, shapes: Shapes) -> bool:
    """Whether a number only tells modules of one kind apart: there is one without a number, as `dense` and `dense_1`."""
    bare = template.rstrip("_")
    if not bare or "#" in template or not bare[-1].isalpha():
        return False
    return any(name.startswith(f"{bare}.") for name in shapes)


def _modules(rests: set[str]) -> int:
    return len({rest.rpartition(".")[0] for rest in rests})


def _is_list(template: str, by_outer: dict) -> bool:
    """Whether the things numbered here are layers: several modules each, and like each other."""
    nested = "#" in template
    for layers in by_outer.values():
        if len(layers) < 2:
            continue
        whole = [rests for rests in layers.values() if _modules(rests) >= _FEWEST_MODULES]
        if len(whole) < 2:
            continue
        first = whole[0]
        likeness = max(len(first & other) / len(first | other) for other in whole[1:])
        likeness = max([likeness, *(len(a & b) / len(a | b) for a, b in zip(whole, whole[1:]))])
        if likeness >= _ALIKE or likeness > 0 and not nested:
            return True
    return False


def _is_stack(template: str, members: dict, shapes: Shapes) -> bool:
    """Whether the things numbered here are experts: equal, matrices, no norms; several matrices each."""
    fewest = 2 if template.endswith(".") else 3  # `ff1` and `ff2` are two of a kind, not experts
    for layers in members[template].values():
        if len(layers) < fewest:
            return False
        some = next(iter(layers.values()))
        if not 2 <= _modules(some) <= 3 or any(rests != some for rests in layers.values()):
            return False
    outer, layers = next(iter(members[template].items()))
    kinds = []
    for value, rests in layers.items():
        prefix = _filled(template, outer) + str(value)
        found = {rest: shapes.get(prefix + rest) for rest in rests}
        if None in found.values():
            return False
        kinds.append(found)
    matrices = [shape for shape in kinds[0].values() if len(shape) == 2]
    bare = {rest.rpartition(".")[0] for rest, shape in kinds[0].items() if len(shape) == 1} - {
        rest.rpartition(".")[0] for rest, shape in kinds[0].items() if len(shape) == 2
    }
    return len(matrices) >= 2 and not bare and all(kind == kinds[0] for kind in kinds)


def _filled(template: str, numbers: tuple[int, ...]) -> str:
    parts = template.split("#")
    return "".join(part + str(number) for part, number in zip(parts, numbers)) + parts[-1]


def _chosen(lists: set[str], placed: dict) -> set[str]:
    """Of lists inside of lists those that hold most of what the outer one holds; else the outer ones."""
    counts: Counter = Counter()
    for found in placed.values():
        counts.update({place.template for place in found if place.template in lists})
    chosen = set()
    for template in sorted(lists, key=len):
        inside = [other for other in lists if other != template and other.startswith(template + "#")]
        if inside and sum(counts[other] for other in inside) > counts[template] / 2:
            continue
        around = [other for other in chosen if template.startswith(other + "#")]
        if not around:
            chosen.add(template)
    return chosen
