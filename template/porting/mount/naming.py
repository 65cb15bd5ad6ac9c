"""How a port's names follow from its parent's: as the converters of modular files change them.

A name of the parent holds the name of its module: in lower case with underscores, in upper case, or as classes are
written. Each is replaced by the port's in the same form. Standard library only.
"""

import re


def cased_name(module: str, configs: dict[str, str]) -> str:
    """How the name of a directory is written in names of classes: `GPTNeoX` for gpt_neox.

    `configs` is the configuration mapping; a directory that is no model type of its own gives `Gpt` and the like.
    """
    for model_type in (module, module.replace("_", "-")):
        if model_type in configs:
            return configs[model_type].replace("Config", "")
    return "".join(part.title() for part in module.split("_"))


def class_name(parent_class: str, module: str, cased: str, prefix: str) -> str:
    """The name of a port's class that inherits from `parent_class`, a class of `module`.

    Converters leave a name alone that spells the module with other underscores; what a port chooses need not.
    """
    for pattern in (_pattern(module, cased), _loose_pattern(module, cased)):
        renamed = pattern.sub(lambda found: prefix + found[2], parent_class, count=1)
        if renamed != parent_class:
            return renamed
    return prefix + parent_class


def names_module(name: str, module: str, cased: str) -> bool:
    """Whether a name of the parent's holds the name of its module, so that the converters change it."""
    return _pattern(module, cased).search(name) is not None


def renamed(name: str, module: str, cased: str, model_type: str, prefix: str) -> str:
    """A name of the parent's with the module's name in it, in whichever form, replaced by the port's; else itself."""

    def replace(found: re.Match) -> str:
        if found[1] == module:
            return model_type + found[2]
        if found[1] == module.upper() != cased or (found[1].isupper() and not found[2].isalpha()):
            return model_type.upper() + found[2]
        return prefix + found[2]

    return _pattern(module, cased).sub(replace, name)


def type_name(parent_type: str, config: str, module: str, cased: str, model_type: str) -> str:
    """The `model_type` of a port's configuration whose parent is `config`, of type `parent_type`."""
    suffix = class_name(config, module, cased, "").removesuffix("Config")
    plain = parent_type.replace("-", "_")
    if plain.startswith(module) and (plain != module or not suffix):
        return model_type + plain.removeprefix(module)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", suffix)
    return "_".join([model_type, *(word.lower() for word in words)])


def _pattern(module: str, cased: str) -> re.Pattern:
    names = "|".join(re.escape(name) for name in dict.fromkeys((module, cased)))
    return re.compile(f"(?<![a-z0-9])({names})(.|$)", re.IGNORECASE)


def _loose_pattern(module: str, cased: str) -> re.Pattern:
    """The same, wherever underscores stand."""
    names = ("_?".join(name.replace("_", "")) for name in sorted((module, cased), key=len, reverse=True))
    return re.compile(f"(?<![a-z0-9])({'|'.join(names)})(.|$)", re.IGNORECASE)
