"""A port beside its parent, as the installed Transformers knows the parent. Standard library only."""

import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from .naming import cased_name, class_name, names_module
from .registration import Registration


CONFIGS = "CONFIG_MAPPING_NAMES"
MODULES = "SPECIAL_MODEL_TYPE_TO_MODULE_NAME"


@dataclass(frozen=True)
class Kinship:
    """`types`: the parent's `model_type` -> those of the port that stand for it; `configs`: the port's `model_type` ->
    its configuration class. `module` and `cased` are the parent's directory and how classes write it, both empty if
    this release has no such parent.

    The port's own type stands for that of its parent, also where that is a part of a model: a port of gemma3_text has
    the types `<model_type>_text` and `<model_type>`, and the models of both are the same.
    """

    port: Registration
    module: str = ""
    cased: str = ""
    types: dict[str, list[str]] = field(default_factory=dict)
    configs: dict[str, str] = field(default_factory=dict)

    @cached_property
    def public(self) -> set[str]:
        """Every public class of the port."""
        return {name for names in self.port.public.values() for name in names}

    def counterpart(self, parent_class: str) -> str | None:
        """The port's class of the same suffix as one of the parent's; None if the port has none."""
        if not self.module:
            return None
        name = class_name(parent_class, self.module, self.cased, self.port.prefix)
        return name if name in self.public else None

    @cached_property
    def of_parent(self) -> set[str]:
        """What the classes of the parent's directory, public or not, would be called in the port."""
        spec = find_spec("transformers")
        folders = [Path(place) / "models" / self.module for place in (spec and spec.submodule_search_locations) or ()]
        sources = [path for folder in folders if self.module for path in folder.glob("[cm]o*_*.py")]
        classes = {
            name for path in sources for name in re.findall(r"^class (\w+)", path.read_text("utf-8"), re.MULTILINE)
        }
        return {class_name(name, self.module, self.cased, self.port.prefix) for name in classes}

    def is_of_parent(self, name: str) -> bool:
        """Whether a class is the parent's own, going by its name and by the files of its directory."""
        named = names_module(name, self.module, self.cased)
        return named or class_name(name, self.module, self.cased, self.port.prefix) in self.of_parent

    def types_of(self, model_class: str) -> list[str]:
        """The port's types that mean the configuration which one of its model classes is annotated with."""
        config = self.port.sources.config_of(model_class) if self.port.sources else None
        return [name for name, entered in self.configs.items() if entered == config] or [self.port.model_type]


def kinship_of(port: Registration, module: ModuleType | None = None) -> Kinship:
    """The port beside its parent, as far as Transformers has made its mappings by now.

    `module` is the one of `transformers.models.auto` that is being completed; None once all can be imported.
    """
    if module is None:
        import transformers.models.auto.configuration_auto as module
    configs, modules = _mappings(module)
    base = _like(port.base_model, configs) if port.base_model else None
    if base is None:
        return Kinship(port, configs=_own_configs(port, port.main_config))
    directory = _directory(base, modules)
    kinship = Kinship(port, directory, cased_name(directory, configs))
    for model_type, config in configs.items():
        counterpart = kinship.counterpart(config) if _directory(model_type, modules) == directory else None
        own = [name for name, entered in port.configs.items() if entered == counterpart and name != port.model_type]
        if own:
            kinship.types[model_type] = own
    main = kinship.types.setdefault(base, [])
    kinship.configs.update(_own_configs(port, port.configs.get(main[0]) if main else port.main_config))
    main.append(port.model_type)
    return kinship


def _own_configs(port: Registration, main: str | None) -> dict[str, str]:
    return ({port.model_type: main} if main and port.model_type not in port.configs else {}) | port.configs


def _mappings(module: ModuleType) -> tuple[dict[str, str], dict[str, str]]:
    """The configuration mapping and the special directories: those that are newest now."""
    found: dict[str, dict[str, str]] = {}
    for name in ("configuration_auto", "auto_mappings"):
        made = module if module.__name__.endswith(f".{name}") else sys.modules.get(f"transformers.models.auto.{name}")
        for mapping in (CONFIGS, MODULES):
            if mapping not in found and hasattr(made, mapping):
                found[mapping] = getattr(made, mapping)
    return found.get(CONFIGS, {}), found.get(MODULES, {})


def _like(wanted: str, configs: dict[str, str]) -> str | None:
    """A type as the release writes it: dashes and underscores are the same."""
    if wanted in configs:
        return wanted
    return next((name for name in configs if name.replace("-", "_") == wanted.replace("-", "_")), None)


def _directory(model_type: str, modules: dict[str, str]) -> str:
    return modules.get(model_type, model_type.replace("-", "_"))
