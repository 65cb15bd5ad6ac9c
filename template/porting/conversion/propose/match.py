"""Pairs the modules of two scopes, and says how sure it is.

A pair is sure if the names on both sides say the same and nothing else says so too, or if shapes leave no choice.
Everything else is proposed with a warning: it is parity that settles it.
"""

from collections import Counter
from dataclasses import dataclass, field

from porting.conversion.propose.layers import Names, Scope, Shape, pair_scopes
from porting.conversion.propose.roles import Module, layer_roles, modules, outer_roles, words


@dataclass(frozen=True)
class Pair:
    """Parameters of the original that make parameters of the port, by one operation (None: only renamed).

    Several originals are concatenated; several of the port are parts of one original. `doubt` says what the names do
    not tell, and is empty for a sure pair.
    """

    originals: tuple[str, ...]
    ports: tuple[str, ...]
    transpose: bool = False
    sizes: tuple[int, ...] = ()
    doubt: str = ""


@dataclass
class Matched:
    """One scope: what was paired and what was left on either side."""

    scope: Scope
    pairs: list[Pair] = field(default_factory=list)
    original_left: list[str] = field(default_factory=list)
    port_left: list[str] = field(default_factory=list)


# A role of one side -> the roles of the other side that it is made of, in this order.
FUSED = {
    "self.qkv": ("self.q", "self.k", "self.v"),
    "cross.qkv": ("cross.q", "cross.k", "cross.v"),
    "self.kv": ("self.k", "self.v"),
    "cross.kv": ("cross.k", "cross.v"),
    "ff.gate_up": ("ff.gate", "ff.up"),
}
LAYOUT = "the rows may also be interleaved by head, which shapes do not tell"
ORDER = "the two parts have one shape, and may be the other way round"
SQUARE = "it is square, so that a transposed one looks the same"


def match(original: Names, port: Names, tied: set[str], hidden: int, vocabulary: int | None) -> list[Matched]:
    """Pair all weights. `tied` are names of the port that are another weight, and need no counterpart."""
    results = [_match_scope(scope, tied, hidden, vocabulary) for scope in pair_scopes(original, port)]
    return [*results, _match_moved(results)]


def _match_moved(results: list[Matched]) -> Matched:
    """Pair what one side keeps in a layer and the other outside, such as T5's one table of relative positions."""
    sides: list[Names] = [{}, {}]
    for result in results:
        for side, left in enumerate((result.original_left, result.port_left)):
            inside = (result.scope.original, result.scope.port)[side]
            for name in left:
                full = full_names(name, result.scope, side)
                if len(full) == 1:
                    sides[side][full[0]] = inside[name]
    moved = Matched(Scope(*sides))
    for one, shape in sides[0].items():
        others = [other for other, wanted in sides[1].items() if wanted == shape and _said(one) == _said(other)]
        rivals = [rival for rival, wanted in sides[0].items() if wanted == shape and _said(one) == _said(rival)]
        if len(others) == len(rivals) == 1:
            moved.pairs.append(Pair((one,), (others[0],), doubt="only its shape and side speak for it"))
    return moved


def full_names(inside: str, scope: Scope, side: int) -> list[str]:
    """The full names of what is called `inside` in a scope, one for each layer that has it."""
    if scope.lists is None:
        return [inside]
    layers = scope.lists[side]
    if side == 1 or not scope.renumbered:
        return [f"{layers.prefix}{index}{inside}" for index in sorted(layers.layers_of[inside])]
    part, rest = inside[len(".part_") :].split(".", 1)
    on = [index for place, index in enumerate(layers.indices) if place % scope.period == int(part)]
    return [f"{layers.prefix}{index}.{rest}" for index in on if index in layers.layers_of[f".{rest}"]]


def _said(name: str) -> frozenset[str]:
    return frozenset({"encoder", "decoder", "weight", "bias"} & set(words(name)))


class _Matching:
    """The state of matching one scope."""

    def __init__(self, scope: Scope, tied: set[str], hidden: int, vocabulary: int | None):
        self.hidden = hidden
        self.tied = tied
        self.sides = [modules(scope.original), modules(scope.port)]
        roles = [
            layer_roles(side, hidden) if scope.lists else outer_roles(side, hidden, vocabulary) for side in self.sides
        ]
        self.gates = _name_gates(roles)
        _name_sides(roles)
        self.by_role = [_by_role(side) for side in roles]
        self.taken: set[str] = set()
        self.pairs: list[Pair] = []
        self.turned = self._orientation()

    def _orientation(self) -> dict[str, set[bool]]:
        """For each name of a parameter, whether the weights of that name that are not square stand turned."""
        found: dict[str, set[bool]] = {}
        for role, one in self.by_role[0].items():
            other = self.by_role[1].get(role)
            if other is None or role in ("tokens", "positions", "types"):
                continue
            shape, wanted = one.shapes.get("weight", ()), other.shapes.get("weight", ())
            if len(shape) == 2 and shape[0] != shape[1] and shape in (wanted, wanted[::-1]):
                found.setdefault(_leaf(one.parameters["weight"]), set()).add(shape != wanted)
        return found

    def add(self, one: Module, other: Module, doubt: str) -> bool:
        """Pair two modules parameter by parameter; False if a shape forbids it."""
        pairs = []
        for kind, name in one.parameters.items():
            if kind not in other.parameters or {name, other.parameters[kind]} & self.taken:
                continue
            shape, wanted = one.shapes[kind], other.shapes[kind]
            if shape != wanted and shape != wanted[::-1]:
                return False
            transpose, unsure = shape != wanted, ""
            if len(shape) == 2 and shape[0] == shape[1]:
                transpose, unsure = self._square(name)
            pairs.append(Pair((name,), (other.parameters[kind],), transpose, doubt=doubt or unsure))
        self._keep(pairs)
        return bool(pairs)

    def _square(self, name: str) -> tuple[bool, str]:
        if _leaf(name) == "kernel":
            return True, ""
        seen = self.turned.get(_leaf(name), set())
        return seen == {True}, "" if len(seen) == 1 else SQUARE

    def split(self, one: Module, parts: list[Module], doubt: str) -> None:
        """One module of the original makes several of the port."""
        for kind, name in one.parameters.items():
            names = tuple(part.parameters.get(kind, "") for part in parts)
            shapes = [part.shapes.get(kind, ()) for part in parts]
            if not all(names) or name in self.taken or set(names) & self.taken:
                continue
            transpose = _stack(shapes) != one.shapes[kind]
            turned = one.shapes[kind][::-1]
            if transpose and _stack(shapes) != turned:
                continue
            sizes = tuple(shape[0] for shape in shapes)
            self._keep([Pair((name,), names, transpose, sizes, doubt)])

    def join(self, parts: list[Module], other: Module, doubt: str) -> None:
        """Several modules of the original make one of the port."""
        for kind, name in other.parameters.items():
            names = tuple(part.parameters.get(kind, "") for part in parts)
            shapes = [part.shapes.get(kind, ()) for part in parts]
            if all(names) and name not in self.taken and _stack(shapes) == other.shapes[kind]:
                self._keep([Pair(names, (name,), doubt=doubt)])

    def _keep(self, pairs: list[Pair]) -> None:
        for pair in pairs:
            self.pairs.append(pair)
            self.taken.update(pair.originals + pair.ports)

    def left(self, side: int) -> list[Module]:
        """What is not paired yet, of each module; tied weights of the port need no pair."""
        gone = self.taken | (self.tied if side == 1 else set())
        return [part for module in self.sides[side] if (part := module.without(gone)).parameters]


def _match_scope(scope: Scope, tied: set[str], hidden: int, vocabulary: int | None) -> Matched:
    state = _Matching(scope, tied, hidden, vocabulary)
    original, port = state.by_role
    for role, one in original.items():
        if role in port:
            fused = role.endswith(("qkv", ".kv", "gate_up"))
            state.add(one, port[role], LAYOUT if fused else ORDER if role in state.gates else "")
    for fused, roles in FUSED.items():
        if fused in original and fused not in port and all(role in port for role in roles):
            state.split(original[fused], [port[role] for role in roles], ORDER if fused == "ff.gate_up" else LAYOUT)
        if fused in port and fused not in original and all(role in original for role in roles):
            state.join([original[role] for role in roles], port[fused], ORDER if fused == "ff.gate_up" else LAYOUT)
    _by_shape(state)
    _by_order(state)
    used = {name for pair in state.pairs for name in pair.originals + pair.ports}
    left = [[name for name in names if name not in used] for names in (scope.original, scope.port)]
    left[1] = [name for name in left[1] if name not in tied]
    return Matched(scope, state.pairs, *left)


def _by_shape(state: _Matching) -> None:
    """Pair what is alone on both sides with its shapes."""
    counts = [Counter(_signature(module) for module in state.left(side)) for side in (0, 1)]
    for one in state.left(0):
        for other in state.left(1):
            mark = _signature(one)
            if mark == _signature(other) and counts[0][mark] == counts[1][mark] == 1:
                # That no other has its shape says nothing when both may be for something else.
                state.add(one, other, "" if _telling(mark, state.hidden) else "only its shape speaks for it")


def _by_order(state: _Matching) -> None:
    """Pair what is left by its order, where both sides have equally many of one shape; never surely."""
    for mark in dict.fromkeys(_signature(module) for module in state.left(0)):
        ones = [module for module in state.left(0) if _signature(module) == mark]
        others = [module for module in state.left(1) if _signature(module) == mark]
        if len(ones) == len(others):
            candidates = ", ".join(other.path.strip("./") for other in others)
            for one, other in zip(ones, others):
                state.add(one, other, f"of {candidates}, all of its shape, it is taken for its place in the order")


def _signature(module: Module) -> tuple:
    return tuple(
        sorted((kind, shape if len(shape) != 2 else tuple(sorted(shape))) for kind, shape in module.shapes.items())
    )


def _telling(mark: tuple, hidden: int) -> bool:
    return any(shape not in ((hidden,), (hidden, hidden)) for _, shape in mark)


def _stack(shapes: list[Shape]) -> Shape:
    if len({shape[1:] for shape in shapes}) != 1 or not all(shapes):
        return ()
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


def _leaf(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2]


def _by_role(roles: dict[Module, str]) -> dict[str, Module]:
    """One module for each role: parts of it at several places are joined, two for the same role leave it open."""
    found: dict[str, Module | None] = {}
    for module, role in roles.items():
        other = found.get(role, module)
        if other is None or (other is not module and set(other.parameters) & set(module.parameters)):
            found[role] = None
        elif other is not module:
            found[role] = Module(other.path, other.parameters | module.parameters, other.shapes | module.shapes)
        else:
            found[role] = module
    return {role: module for role, module in found.items() if module is not None}


def _name_gates(roles: list[dict[Module, str]]) -> set[str]:
    """Settle which is the gate where names only count; returns the roles that are settled by custom, not by a word.

    `fc_1` and `fc_2` are up and down in a plain feed-forward, gate and up where a third one goes down.
    """
    by_custom = set()
    for side in roles:
        names = ("ff.gate", "ff.up") if "ff.down" in side.values() else ("ff.up", "ff.down")
        for module, role in list(side.items()):
            if role in ("ff.first", "ff.second"):
                side[module] = names[role == "ff.second"]
            if "ff.gate" in names and (role in ("ff.first", "ff.second") or set(module.words) & {"w1", "w3"}):
                by_custom |= {"ff.gate", "ff.up"}
    return by_custom


def _name_sides(roles: list[dict[Module, str]]) -> None:
    """With one stack, `encoder.norm` and `norm` are the same; with two, each side keeps its own."""
    both = [{role.split(".")[0] for role in side.values()} >= {"read", "write"} for side in roles]
    if not all(both):
        for side in roles:
            for module, role in list(side.items()):
                side[module] = role.removeprefix("read.").removeprefix("write.")
