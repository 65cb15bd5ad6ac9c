"""What a model of the installed Transformers consists of, read from its sources; nothing of it is imported."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from porting.base.auto_mappings import AutoMappings, read_auto_mappings
from porting.base.introductions import introduced_endings
from porting.modular.sources import installed_transformers
from porting.mount.naming import cased_name, class_name, names_module
from porting.mount.sources import Sources, read_sources


@dataclass(frozen=True)
class Parent:
    """A model that a port starts from.

    `configs`: configuration class -> `model_type`, the model's own first, then its sub-configurations that stand in
    the same directory, with an empty type for one that sets none. `models`: the public model classes of
    these configurations, in the order of their files.
    `standing`: model class -> mappings of `modeling_auto.py` that give it. `cased`: how the module's name is written
    in names of classes.

    `early`: other classes that the modular file has to name, for they would come too late. `introduced`: the endings of
    names of models that `auto_docstring` has an introduction for. `asked`: name by which code that is taken over asks for
    one of the configurations, and that the port has not -> this configuration.
    `needed_configs`, `needed_models`: what the code of these mentions besides: configurations of the directory -> their
    `model_type`, and model classes that are not public or belong to such a configuration.
    """

    model_type: str
    module: str
    cased: str
    configs: dict[str, str]
    models: list[str]
    standing: dict[str, list[str]]
    needed_configs: dict[str, str]
    needed_models: list[str]
    sources: Sources
    auto: AutoMappings
    introduced: frozenset[str] = frozenset()
    early: list[str] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> str:
        """The model's configuration class."""
        return next(iter(self.configs))

    @cached_property
    def mentioned(self) -> set[str]:
        """Every name that the code of the models mentions, directly or not."""
        return {name for each in self.sources.reached(self.models) for name in self.sources.mentions[each]}

    @cached_property
    def files(self) -> dict[str, list[str]]:
        """File, without ending -> the classes a port takes from it: configurations before models."""
        found: dict[str, list[str]] = {}
        for name in (*self.configs, *self.needed_configs, *self.early, *self.needed_models, *self.models):
            found.setdefault(self.sources.classes[name].file, []).append(name)
        return found

    @property
    def special_modules(self) -> dict[str, str]:
        """The types of its configurations whose directory has another name."""
        types = self.configs.values()
        return {name: self.auto.module_of(name) for name in types if self.auto.module_of(name) != name}


@lru_cache(maxsize=4)
def auto_mappings_of(transformers: Path) -> AutoMappings:
    """`read_auto_mappings`, once for each release."""
    return read_auto_mappings(transformers)


_sources_of = lru_cache(maxsize=8)(read_sources)
_introduced_by = lru_cache(maxsize=4)(introduced_endings)


def describe(model_type: str, transformers: Path | None = None) -> Parent:
    """What the release in a directory, by default the installed one, says a model consists of.

    Dashes and underscores are the same. Raises KeyError if the release has no such model, or a configuration only, and
    for one whose configuration inherits from or holds that of the directory's own type: two cannot bear one name.
    """
    transformers = transformers or installed_transformers()[0]
    auto = auto_mappings_of(transformers)
    model_type = known_type(model_type, auto)
    module = auto.module_of(model_type)
    sources = _sources_of(transformers / "models" / module)
    config = auto.configs[model_type]
    if config not in sources.classes or not any(name.startswith("modeling_") for name in sources.public):
        raise KeyError(model_type)
    if _whole_of(config, module, sources, auto):
        raise KeyError(model_type)
    cased = cased_name(module, auto.configs)
    configs = {config: model_type}
    for name in _sub_configs(config, module, cased, sources, auto):
        configs[name] = type_of(name, sources, auto)
    if auto.configs.get(module) in list(configs)[1:]:
        raise KeyError(model_type)
    standing = _standing(configs, sources, auto)
    models = [
        name
        for file, public in sources.public.items()
        for name in _in_order(public, file, sources)
        if file.startswith("modeling_")
        and (name in standing or _belongs(name, configs, sources))
        and not _is_base(name)
    ]
    models += [name for name in standing if name not in models]
    models = models or _unlisted(config, sources)
    if not models:
        raise KeyError(model_type)
    models = list(dict.fromkeys(_base_classes(models, sources) + models))
    models = _without_former_names(models, module, cased, sources)
    reached = sources.reached(models)
    mentioned = {name for each in reached for name in sources.mentions[each]}
    needed_configs = {
        name: type_of(name, sources, auto)
        for name, found in sources.classes.items()
        if found.file.startswith("configuration_")
        and name not in configs
        and name.endswith("Config")
        and names_module(name, module, cased)  # else the converters leave its name as it is, and bring it along
        and (name in mentioned or any(found in sources.lineage(own) for own in configs))
    }
    return Parent(
        model_type=model_type,
        module=module,
        cased=cased,
        configs=configs,
        models=models,
        standing=standing,
        needed_configs=needed_configs,
        needed_models=[
            name
            for name in reached
            if name not in models and is_model(name, sources) and names_module(name, module, cased)
        ],
        sources=sources,
        auto=auto,
        introduced=_introduced_by(transformers),
    )


def _without_former_names(names: list[str], module: str, cased: str, sources: Sources) -> list[str]:
    """These classes without those that inherit from a class of the same name in the port.

    `Ernie4_5_VL_MoeModel` is the former name of `Ernie4_5_VLMoeModel`; a port has one class for both.
    """
    own = {name: class_name(name, module, cased, "") for name in sources.classes}
    former = {name for name in names if any(own[base.name] == own[name] for base in [*sources.lineage(name)][1:])}
    return [name for name in names if name not in former]


def known_type(model_type: str, auto: AutoMappings) -> str:
    """A model type as the release writes it. Raises KeyError."""
    if model_type in auto.configs:
        return model_type
    for name in auto.configs:
        if name.replace("-", "_") == model_type.replace("-", "_"):
            return name
    raise KeyError(model_type)


def _whole_of(config: str, module: str, sources: Sources, auto: AutoMappings) -> str | None:
    """The configuration of the directory's own type, if a part's inherits from it."""
    whole = auto.configs.get(module)
    return whole if any(found.name == whole != config for found in sources.lineage(config)) else None


def _sub_configs(config: str, module: str, cased: str, sources: Sources, auto: AutoMappings) -> list[str]:
    """The configuration classes of the directory that a configuration names, by class or type, and what these name."""
    found: list[str] = []
    todo = [config]
    while todo:
        for ancestor in sources.lineage(todo.pop(0)):
            types = [
                text for text in sorted(ancestor.texts) if text in auto.configs and auto.module_of(text) == module
            ]
            for name in (*sorted(ancestor.mentions), *(auto.configs[text] for text in types)):
                known = sources.classes.get(name)
                is_config = known and known.file.startswith("configuration_") and name.endswith("Config")
                if is_config and name not in (config, ancestor.name, *found) and names_module(name, module, cased):
                    found.append(name)
                    todo.append(name)
    return found


def type_of(config: str, sources: Sources, auto: AutoMappings) -> str:
    """The `model_type` of a configuration class, empty without one."""
    own = sources.model_type(config) or ""
    if auto.configs.get(own) == config:
        return own
    return next((name for name, entered in auto.configs.items() if entered == config), own)


def _standing(configs: dict[str, str], sources: Sources, auto: AutoMappings) -> dict[str, list[str]]:
    """Model class of the directory -> the mappings that give it for one of the configurations."""
    standing: dict[str, list[str]] = {}
    types = [name for name, config in auto.configs.items() if config in configs]
    for model_type in types:
        for mapping, classes in auto.models_of(model_type).items():
            for name in classes:
                known = sources.classes.get(name)
                if known and known.file.startswith("modeling_") and mapping not in standing.setdefault(name, []):
                    standing[name].append(mapping)
    return standing


def _belongs(name: str, configs: dict[str, str], sources: Sources) -> bool:
    """Whether a class is a model of one of the configurations."""
    return is_model(name, sources) and sources.config_of(name) in configs


def is_model(name: str, sources: Sources) -> bool:
    """Whether a class inherits from PreTrainedModel."""
    return any("PreTrainedModel" in found.bases for found in sources.lineage(name))


def _unlisted(config: str, sources: Sources) -> list[str]:
    """The outermost classes made from a configuration that no mapping and no `__all__` gives a class for."""
    made = [
        found
        for found in sources.classes.values()
        if found.file.startswith("modeling_")
        and (found.annotation("config") == config or (found.arguments("__init__") or {}).get("config") == config)
    ]
    outermost = [
        found.name for found in made if not any(found.name in other.mentions - {other.name} for other in made)
    ]
    models = [name for name in outermost if any("PreTrainedModel" in base.bases for base in sources.lineage(name))]
    return models or outermost


def _in_order(public: list[str], file: str, sources: Sources) -> list[str]:
    """The public names of a file in the order of their definitions."""
    names = set(public)
    return [name for name, found in sources.classes.items() if found.file == file and name in names]


def _base_classes(models: list[str], sources: Sources) -> list[str]:
    """The PreTrainedModel classes of the directory that models inherit from."""
    found = [base.name for name in models for base in sources.lineage(name) if _is_base(base.name)]
    return list(dict.fromkeys(found))


def _is_base(name: str) -> bool:
    return name.lower().endswith("pretrainedmodel") and name != "PreTrainedModel"
