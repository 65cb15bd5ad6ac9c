"""Enters a port into the live auto mappings of Transformers: wherever its parent is entered, and its own classes where
models have them that are not the parent's. Standard library only.
"""

from collections import Counter
from collections.abc import Iterator
from types import ModuleType

from .kinship import CONFIGS, MODULES, Kinship, kinship_of
from .registration import Registration


TOKENIZERS = "TOKENIZER_MAPPING_NAMES"

# Kind of file -> mapping, and the key that its class has in entries that are dictionaries.
_PREPROCESSORS = {
    "processing": ("PROCESSOR_MAPPING_NAMES", None),
    "feature_extraction": ("FEATURE_EXTRACTOR_MAPPING_NAMES", None),
    "image_processing": ("IMAGE_PROCESSOR_MAPPING_NAMES", "torchvision"),
    "image_processing_pil": ("IMAGE_PROCESSOR_MAPPING_NAMES", "pil"),
    "video_processing": ("VIDEO_PROCESSOR_MAPPING_NAMES", "torchvision"),
}

Tables = dict[str, dict[str, object]]


def enter(port: Registration, module: ModuleType) -> None:
    """Complete a module of `transformers.models.auto` that has just run. Repeating it changes nothing."""
    tables = {name: table for name, table in vars(module).items() if isinstance(table, dict) and _is_table(name)}
    kinship = kinship_of(port, module)
    if CONFIGS in tables:
        tables[CONFIGS].update(kinship.configs)
    if MODULES in tables:
        elsewhere = [name for name in kinship.configs if name.replace("-", "_") != port.model_type]
        tables[MODULES].update(dict.fromkeys(elsewhere, port.model_type))
    if port.base_model is None:
        for name, model_class in port.models.items():
            if name in tables:
                tables[name][port.model_type] = model_class
    else:
        _enter_beside_parent(kinship, tables)
        _enter_new_models(kinship, tables, module)
        _enter_preprocessors(port, tables)
    if TOKENIZERS in tables and port.tokenizer is not None:
        _enter_tokenizer(kinship, tables[TOKENIZERS])


def _is_table(name: str) -> bool:
    return name == MODULES or (name.endswith("_NAMES") and not name.startswith("MISSING_"))


def _enter_beside_parent(kinship: Kinship, tables: Tables) -> None:
    """Give every type of the port what its parent's type has, with the port's classes in the place of the parent's."""
    for name, table in tables.items():
        if name in (CONFIGS, MODULES, TOKENIZERS):
            continue
        for parent_type, own_types in kinship.types.items():
            for own_type in own_types if parent_type in table else ():
                value = _translated(table[parent_type], kinship, is_model=name.startswith("MODEL_"))
                if value is not None:
                    table[own_type] = value


def _translated(value: object, kinship: Kinship, is_model: bool) -> object:
    """A parent's entry in the port's names. A model of the parent's that the port has not is left out; what else it has
    not, a processor or another model's class, stays."""
    if isinstance(value, dict):
        return {key: _translated(item, kinship, is_model) for key, item in value.items()}
    if isinstance(value, tuple | list):
        kept = [item for item in (_translated(each, kinship, is_model) for each in value) if item is not None]
        return tuple(kept) or None
    if not isinstance(value, str):
        return None
    return kinship.counterpart(value) or (None if is_model and kinship.is_of_parent(value) else value)


def _enter_new_models(kinship: Kinship, tables: Tables, module: ModuleType) -> None:
    """Enter the classes whose suffix the parent has nowhere: where most models of this release put that suffix."""
    mappings = {name: table for name, table in tables.items() if name.startswith("MODEL_")}
    prefix = kinship.port.prefix
    new = [name for name in kinship.port.public.get("modeling", ()) if name.startswith(prefix) and name != prefix]
    if not mappings or not set(new) - kinship.of_parent:
        return
    prefixes = {name: config.removesuffix("Config") for name, config in getattr(module, CONFIGS).items()}
    for model_class in new:
        if model_class not in kinship.of_parent:
            for name in usual_places(model_class.removeprefix(prefix), mappings, prefixes):
                for model_type in kinship.types_of(model_class):
                    mappings[name].setdefault(model_type, model_class)


def usual_places(suffix: str, mappings: Tables, prefixes: dict[str, str]) -> list[str]:
    """The mappings that hold a class of this suffix for at least half of the models that have one in any; or else the
    most frequent. `prefixes`: `model_type` -> what the names of its classes begin with.
    """
    counts: Counter[str] = Counter()
    having = set()
    for name, table in mappings.items():
        for model_type, value in table.items():
            if prefixes.get(model_type, "?") + suffix in _class_names(value):
                counts[name] += 1
                having.add(model_type)
    return [name for name, count in counts.items() if 2 * count >= len(having)] or [
        name for name, _ in counts.most_common(1)
    ]


def _class_names(value: object) -> Iterator[str]:
    return (item for item in ([value] if isinstance(value, str) else value or ()) if isinstance(item, str))


def _enter_preprocessors(port: Registration, tables: Tables) -> None:
    """Enter the port's own processors, also where its parent has none; in the form that the release's entries have."""
    for kind, (name, key) in _PREPROCESSORS.items():
        own = [item for item in port.public.get(kind, ()) if item.startswith(port.prefix) and _is_preprocessor(item)]
        if name not in tables or not own:
            continue
        table = tables[name]
        forms = Counter(type(value) for value in table.values())
        if key and forms.most_common(1)[0][0] is dict:
            value = table.get(port.model_type)
            table[port.model_type] = (value if isinstance(value, dict) else {}) | {key: own[0]}
        else:
            table[port.model_type] = own[0]


def _is_preprocessor(name: str) -> bool:
    return name.removesuffix("Pil").endswith(("Processor", "FeatureExtractor"))


def _enter_tokenizer(kinship: Kinship, table: dict[str, object]) -> None:
    """The answered or the port's own tokenizer, for the port and each of its types whose parent's reads text; the
    parent's where the answer is empty."""
    tokenizer = kinship.port.tokenizer
    if tokenizer:
        table[kinship.port.model_type] = tokenizer
    for parent_type, own_types in kinship.types.items():
        if parent_type in table:
            table.update(dict.fromkeys(own_types, tokenizer or table[parent_type]))
