"""Reading configurations: their fields, the ones nested in them, and the code beside them."""

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path


def is_config(value) -> bool:
    return hasattr(value, "model_type") and hasattr(value, "to_dict")


def is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_int_list(value) -> bool:
    return isinstance(value, list | tuple) and len(value) > 0 and all(map(is_int, value))


def is_stages(value) -> bool:
    """Whether a value has a number for each of a few stages, not for each of many layers."""
    return is_int_list(value) and 1 < len(value) <= 8


def side(value) -> int | None:
    """The first number of a size, which may be given for each side."""
    value = value[0] if is_int_list(value) else value
    return value if is_int(value) else None


def own_values(config) -> dict:
    """Field -> value of a configuration, without what every configuration has."""
    from transformers import PreTrainedConfig

    common = {field.name for field in fields(PreTrainedConfig)}
    values = {}
    for field in fields(config):
        stored = config.attribute_map.get(field.name, field.name)
        if field.name not in common and stored in config.__dict__:
            values[field.name] = config.__dict__[stored]
    return values


def nested(config) -> Iterator:
    """A configuration, and all those in it."""
    yield config
    for value in list(config.__dict__.values()):
        if is_config(value):
            yield from nested(value)


def first(values: dict, names: Iterable[str]) -> int | None:
    """The value of the first of the names that has a number."""
    return next((values[name] for name in names if is_int(values.get(name))), None)


def flat(value) -> Iterator:
    """The items of lists in lists."""
    for item in value:
        if isinstance(item, list | tuple):
            yield from flat(item)
        else:
            yield item


@cache
def modeling_sources(config_class) -> str:
    """The text of the modeling files beside a configuration; empty where there is none."""
    try:
        folder = Path(inspect.getsourcefile(config_class)).parent
    except (TypeError, OSError):
        return ""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("modeling_*.py")))
