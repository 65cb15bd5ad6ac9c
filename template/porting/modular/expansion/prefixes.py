"""Under which name the definitions of a parent's module are taken over.

Usually the new model's. But where the classes that inherit from a module go by a longer prefix
(`NanoVLTextDecoderLayer(LlamaDecoderLayer)`), that prefix is the name: what they need comes along under it too.
"""

from collections import Counter
from collections.abc import Mapping

from porting.modular.expansion.names import ModelNames


def common_ending(one: str, other: str) -> str:
    """The longest ending that both have; none where one is the other's ending as a whole."""
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return "" if length in (len(one), len(other)) else one[len(one) - length :]


def prefix_of(class_name: str, parent_name: str, parent_model: str, default: str, names: ModelNames) -> str:
    """The prefix by which `class_name` goes, judged by the class it inherits from."""
    ending = common_ending(class_name, parent_name)
    if ending and ending[0].isupper():
        prefix = class_name.replace(ending, "")
        # The ending may have eaten the last word of both models' names.
        shortened = len(prefix) < len(default) and default in class_name
        return default if shortened else prefix
    if class_name.replace(default, "") == parent_name:
        return default + names.prefix(parent_model)
    return default


def name_for_module(prefixes: Counter[str], parent_model: str, default: str, text: str, names: ModelNames) -> str:
    """The prefix that most classes go by; the default where it is one of those, the last of several otherwise.

    `text` is the parent's module: a prefix that would make its names collide gives way to the default.
    """
    most = max(prefixes.values())
    favourites = [prefix for prefix, count in prefixes.items() if count == most]
    chosen = default if default in favourites else favourites[-1]
    old = chosen.replace(default, names.prefix(parent_model))
    return default if chosen != default and f"\nclass {old}" in text else chosen


def names_for_modules(
    inherited: Mapping[str, Counter[str]], texts: Mapping[str, str], model: str, names: ModelNames
) -> dict[str, str]:
    """For each module (`llama.modeling_llama`) of `texts` the model type that its definitions are renamed to."""
    default = names.prefix(model)
    chosen = dict.fromkeys(texts, model)
    for module, prefixes in inherited.items():
        parent_model = module.split(".")[-2]
        chosen[module] = names.model_type(name_for_module(prefixes, parent_model, default, texts[module], names))
    return chosen
