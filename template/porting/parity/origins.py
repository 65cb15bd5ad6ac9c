"""Where each weight of the port came from, read off the conversion rules.

A rule may split, join, transpose or permute. Running its operations on *positions* instead of values tells, for every
output feature of a port's module, which feature of which original module it is: nothing has to be guessed from names.
"""

from dataclasses import dataclass

import torch

from transformers.core_model_loading import WeightConverter, WeightRenaming, dot_natural_key, rename_source_key


@dataclass(frozen=True)
class Origin:
    """The original weights a port's weight is made of.

    `positions` has the shape of the port's weight and numbers the elements of all `sources`, one after the other;
    None if the weight is only renamed.
    """

    sources: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    positions: torch.Tensor | None = None


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
                origins[target] = Origin((name,), (tuple(weights[name]["shape"]),))
            continue
        groups.setdefault(target, (by_pattern[pattern], []))[1].append((name, pattern))
    for target, (rule, members) in groups.items():
        origins.update(_origins_of_rule(model, target, rule, members, weights))
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


def _origins_of_rule(model, target, rule, members, weights) -> dict[str, Origin]:
    fresh = WeightConverter(rule._original_source_patterns, rule._original_target_patterns, rule.operations)
    names = tuple(name for name, _ in members)
    shapes = tuple(tuple(weights[name]["shape"]) for name in names)
    first = 0
    for (name, pattern), shape in zip(members, shapes, strict=True):
        count = torch.Size(shape).numel()
        numbered = torch.arange(first, first + count, dtype=torch.float64).reshape(shape)
        fresh.add_tensor(target, name, pattern, numbered)
        first += count
    try:
        placed = fresh.convert(target, model=model, config=model.config)
    except (RuntimeError, ValueError, KeyError, AttributeError, IndexError):
        return {}
    origins = {}
    for name, positions in placed.items():
        positions = (positions[0] if isinstance(positions, list) else positions).to(torch.int64)
        origins[name] = _used_sources(positions, names, shapes)
    return origins


def _used_sources(positions: torch.Tensor, names: tuple, shapes: tuple) -> Origin:
    """The Origin with only the sources that `positions` refers to, renumbered."""
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
    return Origin(tuple(used_names), tuple(used_shapes), renumbered)


def feature_index(origin: Origin, axis: int) -> tuple[torch.Tensor, int] | tuple[None, None]:
    """Which original feature each index along `axis` of the port's weight is, and how many features the original has.

    Features of several sources are numbered one source after the other. (None, None) means the same features in the
    same order, or a weight whose elements do not move as whole rows or columns.
    """
    if origin.positions is None:
        return None, None
    positions = origin.positions.movedim(axis, 0).reshape(origin.positions.shape[axis], -1)
    if origin.positions.ndim == 1:
        index, features = positions[:, 0], sum(shape[0] for shape in origin.shapes)
    else:
        index, features = _shared_coordinate(positions, origin.shapes)
    if index is None or torch.equal(index, torch.arange(features)):
        return None, None
    return index, features


def _shared_coordinate(positions: torch.Tensor, shapes: tuple) -> tuple:
    """For each row of `positions`, the leading or trailing coordinate all its elements share, and how many there are."""
    for cut in range(1, len(shapes[0])):
        for leading in (True, False):
            coordinates, first, features = torch.full_like(positions, -1), 0, 0
            for shape in shapes:
                count, tail = torch.Size(shape).numel(), torch.Size(shape[cut:]).numel()
                inside = (positions >= first) & (positions < first + count)
                local = positions - first
                coordinate = local // tail if leading else local % tail
                coordinates = torch.where(inside, coordinate + features, coordinates)
                first += count
                features += count // tail if leading else tail
            if bool((coordinates == coordinates[:, :1]).all()) and len(coordinates[:, 0].unique()) == len(coordinates):
                return coordinates[:, 0], features
    return None, None
