"""A small configuration of a model type in which no two sizes are equal unless the code makes them so.

Equal numbers say then that two dimensions are one: a default whose number of positions is its width says nothing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from porting.tiny.config import tiny_config
from porting.tiny.roles import MAIN_HEADS, MAIN_WIDTHS, role_of
from porting.tiny.values import first, is_int, is_int_list, modeling_sources, own_values


# role -> the numbers that fields of this role get, one after the other; the main width of the first part stays 64.
_SIZES = {
    "width": (96, 192, 224, 288, 320, 352),
    "inner": (172, 212, 244, 268, 284, 316, 332),
    "expert_inner": (38, 50, 58, 74),
    "head_dim": (40, 36, 20, 28, 44, 52),
    "groups of heads": (2, 2, 2, 2, 2),
    "rank": (14, 18, 26, 30, 34),
    "vocabulary": (251, 241, 239, 233, 229, 227),
    "positions": (307, 311, 313, 317, 331),
    "experts": (6, 10, 14),
    "state": (22, 46),
    "shared experts": (3, 3),
    "count": (11, 13, 17, 19, 23),
}
# In this order each group is tried; a group that the model cannot be built with is tried field by field.
_ORDER = ("stages", *tuple(_SIZES)[1:], "width")
# Widths of stages are divided by small numbers in the code: what is too narrow for that is made this many times wider.
_NARROW, _WIDER = 24, 12
# The code takes the width of a head from the configuration although the class has no such field.
_READS_HEAD_DIM = re.compile(r"""config,\s*["']head_dim["']""")


@dataclass(frozen=True)
class Setting:
    """A field of the part at `path` (names of fields, outermost first) and the value it gets."""

    path: tuple[str, ...]
    name: str
    value: object

    @property
    def dotted(self) -> str:
        return ".".join((*self.path, self.name))


def with_settings(config, settings: list[Setting]):
    """A new configuration like `config`, with other values. Raises whatever its class raises."""
    parts = {field: value for field, value in own_values(config).items() if hasattr(value, "to_dict")}
    values = own_values(config)
    for field, part in parts.items():
        inside = [Setting(s.path[1:], s.name, s.value) for s in settings if s.path and s.path[0] == field]
        if inside:
            values[field] = with_settings(part, inside)
    values |= {setting.name: setting.value for setting in settings if not setting.path}
    for name in ("tie_word_embeddings", "is_encoder_decoder", "is_decoder", "add_cross_attention", "head_dim"):
        if name in config.__dict__:
            values.setdefault(name, config.__dict__[name])
    return type(config)(**values)


def parts_of(config, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """A configuration and all in it, each with the fields that lead to it."""
    yield path, config
    for name, value in own_values(config).items():
        if hasattr(value, "to_dict") and hasattr(value, "model_type"):
            yield from parts_of(value, (*path, name))


def distinct(config_class, builds: Callable[[object], bool]):
    """A configuration with distinct sizes, as far as `builds` (whether a model can be made) says yes.

    Raises what the class raises where it cannot be made at all.
    """
    config = tiny_config(config_class)
    for role in _ORDER:
        settings = _settings(config, role)
        if not settings:
            continue
        changed = _tried(config, settings, builds)
        if changed is None and len(settings) > 1:
            for setting in settings:
                changed = _tried(config, [setting], builds)
                config = changed or config
        config = changed or config
    return config


def _tried(config, settings: list[Setting], builds: Callable[[object], bool]):
    try:
        changed = with_settings(config, settings)
        wanted = {(setting.path, setting.name): setting.value for setting in settings}
        for path, part in parts_of(changed):
            for name, value in own_values(part).items():
                if wanted.get((path, name), value) != value:
                    return None
        return changed if builds(changed) else None
    except Exception:  # whatever a class or a model has against these sizes
        return None


def _settings(config, role: str) -> list[Setting]:
    """The fields of a role that get a number of their own. Widths of several parts that were equal stay equal."""
    if role in ("width", "stages"):
        return _widths(config) if role == "width" else _stages(config)
    numbers = iter(_SIZES[role])
    settings: list[Setting] = []
    given: dict = {}
    least = 1 if role == "shared experts" else 3
    for path, part in parts_of(config):
        for name, value in own_values(part).items():
            if role_of_size(name) != role or not is_int(value) or value < least or name in MAIN_WIDTHS:
                continue
            shared = (name, value) if role in ("vocabulary", "experts") else (path, name, value)
            number = given.get(shared) or next(numbers, None)
            if number is None:
                return settings
            given[shared] = number
            settings.append(Setting(path, name, number))
        if role == "head_dim" and "head_dim" not in own_values(part) and _READS_HEAD_DIM.search(_source(part)):
            settings.append(Setting(path, "head_dim", next(numbers, 60)))
    return settings


def _source(part) -> str:
    return modeling_sources(type(part))


def role_of_size(name: str) -> str:
    """What a field counts, the key and value heads apart from the others."""
    name = name.rpartition(".")[2]
    if re.search(r"(key_value|kv)_heads$|query_group", name):
        return "groups of heads"
    return "shared experts" if re.search(r"shared_experts$|num_shared|n_shared", name) else role_of(name)


def _widths(config) -> list[Setting]:
    """A main width of its own for each part beyond the first that has one, where it is a multiple of its heads."""
    numbers, settings, seen = iter(_SIZES["width"]), [], 0
    for path, part in parts_of(config):
        values = own_values(part)
        width = first(values, MAIN_WIDTHS)
        name = next((name for name in MAIN_WIDTHS if values.get(name) == width), None)
        if name is None or width != 64:
            continue
        seen += 1
        heads = first(values, MAIN_HEADS) or 1
        if seen > 1 and (number := next((n for n in numbers if n % (2 * heads) == 0), None)):
            settings.append(Setting(path, name, number))
    return settings


def _stages(config) -> list[Setting]:
    """Wider stages for each part that has a list of them, all its widths by one factor."""
    settings = []
    for path, part in parts_of(config):
        values = own_values(part)
        widths = {name: value for name, value in values.items() if role_of(name) == "width" and _is_width(value)}
        several = any(is_int_list(value) and role_of(name) in ("width", "layers") for name, value in values.items())
        smallest = min(
            (n for value in widths.values() for n in (value if is_int_list(value) else [value])), default=99
        )
        if several and smallest < _NARROW:
            for name, value in widths.items():
                wider = [n * _WIDER for n in value] if is_int_list(value) else value * _WIDER
                settings.append(Setting(path, name, wider))
    return settings


def _is_width(value) -> bool:
    return is_int(value) and value > 3 or is_int_list(value) and min(value) > 3


def sizes_of(config) -> dict[str, int]:
    """Dotted field -> number, for all fields of all parts that hold one."""
    found = {}
    for path, part in parts_of(config):
        for name, value in own_values(part).items():
            if is_int(value):
                found[".".join((*path, name))] = value
    return found
