"""Where each weight of the port came from, read off the conversion rules.

A rule may split, join, transpose or permute. Running its operations on *positions* instead of values tells, for every
output feature of a port's module, which feature of which original module it is: nothing has to be guessed from names.
"""

import inspect
from dataclasses import dataclass, replace

import torch

from transformers.core_model_loading import WeightConverter, WeightRenaming, dot_natural_key, rename_source_key


@dataclass(frozen=True)
class Origin:
    """The original weights a port's weight is made of.

    `features` tells for each axis which feature of the original each index is, and how many the original has; those of
    several sources are numbered one source after the other. (None, None) means the same features in the same order, or
    a weight whose elements do not move as whole rows or columns. A weight that is only renamed has no `features`.
    """

    sources: tuple[str, ...]
    features: tuple[tuple[torch.Tensor, int] | tuple[None, None], ...] = ()

    def feature_index(self, axis: int) -> tuple[torch.Tensor, int] | tuple[None, None]:
        return self.features[axis] if self.features else (None, None)


def find_origins(
    model, rules: list, weights: dict[str, dict], stored: dict[str, str] | None = None, dropped=lambda name: False
) -> dict[str, Origin]:
    """Port weight -> its Origin, for each of the original `weights` (name -> {"shape": ...}) that the rules place.

    The rules know weights by their names in the checkpoint: `stored` has those that are called otherwise in the model.
    A weight of the port that is tied to another has that one's origin.
    A rule whose operations fail on these shapes contributes nothing; `make convert` is what reports it.
    """
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    converters = [rule for rule in rules if isinstance(rule, WeightConverter)]
    by_pattern = {pattern: rule for rule in converters for pattern in rule.source_patterns}
    state = model.state_dict()
    groups: dict[str, tuple] = {}
    origins = {}
    for name in sorted(weights, key=dot_natural_key):
        if dropped(name):
            continue
        target, pattern = rename_source_key(
            (stored or {}).get(name, name),
            renamings,
            converters,
            base_model_prefix=model.base_model_prefix,
            meta_state_dict=state,
        )
        if pattern is None:
            if target in state:
                origins[target] = Origin((name,))
            continue
        groups.setdefault(target, (by_pattern[pattern], []))[1].append((name, pattern))
    known: dict[tuple, list[Origin]] = {}
    for target, (rule, members) in groups.items():
        origins.update(_origins_of_rule(model, target, rule, members, weights, known))
    origins = {name: origin for name, origin in origins.items() if name in state}
    kept = model.state_dict(keep_vars=True)
    by_tensor = {id(kept[name]): origin for name, origin in origins.items()}
    tied_to = {name: other for pair in model.all_tied_weights_keys.items() for name, other in (pair, pair[::-1])}
    for name, value in kept.items():
        by_name = origins.get(tied_to.get(name)) if value.is_meta else None  # on disk, one tensor is two
        origin = origins.get(name) or by_tensor.get(id(value)) or by_name
        if origin is not None:
            origins[name] = origin
    return origins


def _origins_of_rule(model, target, rule, members, weights, known) -> dict[str, Origin]:
    """The origins of what `rule` makes of `members`, (name, pattern) pairs; `known` keeps what holds for every layer."""
    names = tuple(name for name, _ in members)
    shapes = tuple(tuple(weights[name]["shape"]) for name in names)
    key = id(rule), shapes, tuple(pattern for _, pattern in members)
    try:
        if key in known:
            empty = [torch.empty(shape, device="meta") for shape in shapes]
            targets = list(_convert(model, target, rule, members, empty))
        else:
            placed = _convert(model, target, rule, members, _numbered(shapes))
            targets = list(placed)
            found = [_origin(positions, names, shapes) for positions in placed.values()]
            if _asks_for_the_layer(rule):
                return dict(zip(targets, found, strict=True))
            known[key] = names, found
    except (RuntimeError, ValueError, KeyError, AttributeError, IndexError, NotImplementedError):
        return {}
    first_names, found = known[key]
    renamed = dict(zip(first_names, names, strict=True))
    here = [replace(origin, sources=tuple(renamed[name] for name in origin.sources)) for origin in found]
    return dict(zip(targets, here, strict=True))


def _convert(model, target, rule, members, tensors) -> dict[str, torch.Tensor]:
    fresh = WeightConverter(rule._original_source_patterns, rule._original_target_patterns, rule.operations)
    for (name, pattern), tensor in zip(members, tensors, strict=True):
        fresh.add_tensor(target, name, pattern, tensor)
    placed = fresh.convert(target, model=model, config=model.config)
    return {name: tensor[0] if isinstance(tensor, list) else tensor for name, tensor in placed.items()}


def _asks_for_the_layer(rule) -> bool:
    """Whether an operation of `rule` reads the name of the layer it works on, so that layers may differ."""
    codes = [inspect.unwrap(type(operation).convert).__code__ for operation in rule.operations]
    return any("full_layer_name" in (*code.co_varnames, *code.co_consts) for code in codes)


def _numbered(shapes: tuple) -> list[torch.Tensor]:
    """Tensors of these shapes whose elements are 0, 1, 2 ... from the first of the first to the last of the last."""
    sizes = [torch.Size(shape).numel() for shape in shapes]
    exact = torch.float32 if sum(sizes) <= 2**24 else torch.float64
    return [
        part.reshape(shape)
        for part, shape in zip(torch.arange(sum(sizes), dtype=exact).split(sizes), shapes, strict=True)
    ]


def _origin(positions: torch.Tensor, names: tuple, shapes: tuple) -> Origin:
    """The Origin of a weight whose elements are the `positions` among those of all sources."""
    positions = positions.to(torch.int32 if positions.max() < 2**31 else torch.int64)
    positions, names, shapes = _used_sources(positions, names, shapes)
    return Origin(names, tuple(_features(positions, axis, shapes) for axis in range(positions.ndim)))


def _used_sources(positions: torch.Tensor, names: tuple, shapes: tuple) -> tuple:
    """(renumbered positions, names, shapes) with only the sources that `positions` refers to."""
    if len(names) == 1:
        return positions, names, shapes
    used_names, used_shapes, renumbered = [], [], positions.clone()
    first = kept = 0
    for name, shape in zip(names, shapes, strict=True):
        count = torch.Size(shape).numel()
        inside = (positions >= first) & (positions < first + count)
        if inside.any():
            renumbered[inside] = positions[inside] - first + kept
            used_names.append(name)
            used_shapes.append(shape)
            kept += count
        first += count
    return renumbered, tuple(used_names), tuple(used_shapes)


def _features(positions: torch.Tensor, axis: int, shapes: tuple) -> tuple[torch.Tensor, int] | tuple[None, None]:
    """One entry of `Origin.features`."""
    if positions.ndim == 1:
        index, features = positions, sum(shape[0] for shape in shapes)
    else:
        index, features = _shared_coordinate(positions, axis, shapes)
    if index is None or torch.equal(index, torch.arange(features, dtype=index.dtype)):
        return None, None
    return index.long(), features


def _shared_coordinate(positions: torch.Tensor, axis: int, shapes: tuple) -> tuple:
    """The leading or trailing coordinate that all elements at one index of `axis` share, and how many there are."""
    others = tuple(each for each in range(positions.ndim) if each != axis)
    low, high = positions.amin(others), positions.amax(others)
    for cut in range(1, len(shapes[0])):
        for leading in (True, False):
            index, features = _coordinate(low, shapes, cut, leading)
            if len(index.unique()) < len(index):
                continue
            if leading:  # it never falls as positions rise, so all between the lowest and the highest share it too
                shared = torch.equal(index, _coordinate(high, shapes, cut, leading)[0])
            else:
                here = index.reshape([-1 if each == axis else 1 for each in range(positions.ndim)])
                shared = bool((_coordinate(positions, shapes, cut, leading)[0] == here).all())
            if shared:
                return index, features
    return None, None


def _coordinate(positions: torch.Tensor, shapes: tuple, cut: int, leading: bool) -> tuple[torch.Tensor, int]:
    """The coordinate before or after `cut` of each position, counted through all sources, and how many there are."""
    coordinates, first, features = None, 0, 0
    for shape in shapes:
        count, tail = torch.Size(shape).numel(), torch.Size(shape[cut:]).numel()
        local = positions - first if first else positions
        here = (local // tail if leading else local % tail) + features
        coordinates = here if coordinates is None else torch.where(positions >= first, here, coordinates)
        first += count
        features += count // tail if leading else tail
    return coordinates, features
