"""Every model type of the installed Transformers on the meta device: names and shapes, no weights."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from porting.nearest.options import alternatives
from porting.nearest.sizes import Setting, distinct, sizes_of, with_settings


# Heads that a published checkpoint seldom has: a base model with one or two layers on top.
_TASKS = re.compile(r"QUESTION|TOKEN_CLASS|CHOICE|NEXT_SENT|SEQUENCE_CLASS|RETRIEVAL|XVECTOR|FRAME_CLASS|BACKBONE")


@dataclass
class Surveyed:
    """One model of a type: `shapes` of its state dict, `tied` names that share a weight with another name.

    `option` has the fields, and values, by which it differs from the type's default; empty for the default.
    `modules` are the names of the classes that its modules are of.
    """

    model_type: str
    class_name: str
    option: str
    shapes: dict[str, tuple[int, ...]]
    tied: list[str]
    sizes: dict[str, int] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)


def model_types() -> list[str]:
    """All types of the installed release that have a model of their own."""
    from porting.base import table
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    known = table.models()
    return [name for name in CONFIG_MAPPING_NAMES if name in known and not known[name].wrapper]


def survey(model_type: str) -> Iterator[Surveyed]:
    """The models of a type: its classes as configured by default, then its main class with other options.

    Raises what the configuration or all of its classes raise.
    """
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    config_class = CONFIG_MAPPING[model_type]
    classes = classes_of(model_type)
    if not classes:
        raise ValueError(f"no class is made from {config_class.__name__}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main = classes[-1]
        config = distinct(config_class, lambda config: built(main, config) is not None)
        found, error = {}, None
        for model_class in classes:
            try:
                made = found[model_class] = _surveyed(model_type, model_class, config)
                yield made
            except Exception as raised:  # what a class has against it; another may work
                error = raised
        if not found:
            raise error
        main = main if main in found else next(iter(found))
        yield from _with_options(model_type, main, config, found[main])


def _with_options(model_type: str, model_class, config, default: Surveyed) -> Iterator[Surveyed]:
    """The class with each option that changes its weights, and on top of the one that adds most with each other one."""
    seen = [default.shapes]
    chosen: list[Setting] = []
    while len(chosen) < 2:
        largest: tuple[int, Setting] | None = None
        for setting in alternatives(with_settings(config, chosen)):
            if any((setting.path, setting.name) == (other.path, other.name) for other in chosen):
                continue
            with contextlib.suppress(Exception):  # no model can be made so
                changed = _surveyed(model_type, model_class, with_settings(config, [*chosen, setting]))
                if changed.shapes in seen:
                    continue
                seen.append(changed.shapes)
                changed.option = ", ".join(f"{each.dotted}={each.value!r}" for each in [*chosen, setting])
                yield changed
                if largest is None or len(changed.shapes) > largest[0]:
                    largest = (len(changed.shapes), setting)
        if largest is None:
            return
        chosen.append(largest[1])


def classes_of(model_type: str) -> list:
    """The classes that the auto mappings give for a type, the base model first and the fullest last."""
    import transformers
    from porting.base.parent import auto_mappings_of
    from porting.modular.sources import installed_transformers

    given = auto_mappings_of(installed_transformers()[0]).models_of(model_type)
    names = [name for mapping, classes in given.items() if not _TASKS.search(mapping) for name in classes]
    names = list(dict.fromkeys(names)) or _unmapped(model_type)
    heads = [name for name in names if "CausalLM" in name or "Conditional" in name or "PreTraining" in name]
    names = [name for name in names if name not in heads] + heads
    found = []
    for name in names:
        with contextlib.suppress(Exception):
            found.append(getattr(transformers, name, None) or _in_module(model_type, name))
    return found


def _unmapped(model_type: str) -> list[str]:
    """The classes of a type that no mapping gives a class for: parts of other models."""
    from porting.base.parent import describe

    try:
        parent = describe(model_type)
    except KeyError:
        return []
    return [name for name in parent.models if not name.endswith("PreTrainedModel")]


def _in_module(model_type: str, name: str):
    import importlib

    from porting.base.parent import describe

    parent = describe(model_type)
    file = parent.sources.classes[name].file
    return getattr(importlib.import_module(f"transformers.models.{parent.module}.{file}"), name)


def built(model_class, config):
    """A model on the meta device, on the CPU where its code computes with what it makes; None if it cannot be made."""
    import torch

    from porting.tiny.check_class import config_for, made

    config = config_for(model_class, config)
    for device in ("meta", "cpu"):
        try:
            with torch.device(device), _no_values():
                return made(model_class, config)
        except Exception:  # whatever its code raises
            continue
    return None


@contextlib.contextmanager
def _no_values():
    """Without the time that random values take."""
    from transformers.initialization import no_init_weights

    with no_init_weights():
        yield


def _surveyed(model_type: str, model_class, config) -> Surveyed:
    model = built(model_class, config)
    if model is None:
        raise ValueError(f"{model_class.__name__} cannot be made")
    integers = {name for name, value in model.named_buffers() if not value.is_floating_point()}
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items() if name not in integers}
    tied = [name for name in (getattr(model, "all_tied_weights_keys", None) or {}) if name in shapes]
    modules = sorted({type(module).__name__ for module in model.modules()})
    sizes = sizes_of(getattr(model, "config", config))
    return Surveyed(model_type, model_class.__name__, "", shapes, tied, sizes, modules)


def built_on() -> dict[str, int]:
    """Module -> how many modular files of the installed release take something from its modeling file."""
    from pathlib import Path

    import transformers

    counts: dict[str, int] = {}
    for path in Path(transformers.__file__).parent.glob("models/*/modular_*.py"):
        text = path.read_text(encoding="utf-8")
        for module in set(re.findall(r"from \.\.(?:\.models\.)?(\w+)\.modeling_\w+ import", text)):
            counts[module] = counts.get(module, 0) + 1
    return counts
