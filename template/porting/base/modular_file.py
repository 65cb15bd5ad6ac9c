"""The text of a port's first modular file and of its `__init__.py`. Answers come in as data and are written escaped."""

import json
import re
from dataclasses import dataclass

from porting.base.parent import Parent
from porting.errors import CannotRun
from porting.mount.naming import class_name, type_name


_LINE = 119

_LICENCE = """\
# Copyright {year} The HuggingFace Inc. team. All rights reserved.
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""

_INIT = """\
from typing import TYPE_CHECKING

from ...utils import _LazyModule
from ...utils.import_utils import define_import_structure


if TYPE_CHECKING:
{imports}
else:
    import sys

    _file = globals()["__file__"]
    sys.modules[__name__] = _LazyModule(__name__, _file, define_import_structure(_file), module_spec=__spec__)
"""

# The rules of the questions once more: what is written here becomes code, wherever the answers came from.
_RULES = {
    "model_type": (r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", "lower snake case, like big_bird"),
    "camelcase_name": (
        r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*",
        "a capital letter, then letters and digits, like BigBird",
    ),
    "hub_id": (r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*", "organisation/name as on the hub"),
    "start_date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date like 2020-12-02"),
}


@dataclass(frozen=True)
class Names:
    """What the answers say a port is called."""

    model_type: str
    prefix: str
    checkpoint: str
    year: str


def names_of(answers: dict) -> Names:
    """The names in the answers. Raises CannotRun for one that breaks its question's rule, or is missing."""
    for key, (pattern, rule) in _RULES.items():
        value = answers.get(key)
        if not isinstance(value, str) or len(value) > 96 or not re.fullmatch(pattern, value):
            shown = "missing" if value is None else json.dumps(str(value)[:60])
            raise CannotRun(
                f"{key} in .copier-answers.yml is {shown}; it must be {rule}: correct it with `make update`"
            )
    return Names(answers["model_type"], answers["camelcase_name"], answers["hub_id"], answers["start_date"][:4])


def modular_text(parent: Parent, names: Names) -> str:
    """The modular file of a port that is its parent under another name. Raises CannotRun for a part that needs the whole."""
    own, types = own_names(parent, names), own_types(parent, names)
    main = f"{names.prefix}Config"
    _refuse_bound_part(parent, own, main)
    configs = [name for name in _configs_in_order(parent) if name in parent.configs or own[name] != main]
    used = {*configs, *parent.needed_models, *parent.models}
    imports = {
        f"..{parent.module}.{file}": sorted(used.intersection(classes), key=_as_isort)
        for file, classes in parent.files.items()
    }
    parts = [_config(own[name], name, types[name], names) for name in configs]
    public = [own[name] for name in configs if name in parent.configs]
    if own[parent.config] != main:
        # The parent is a part of a model: its configuration keeps the part's name, and the port's own stands for it.
        parts.append(_config(main, own[parent.config], names.model_type, names))
        public.append(main)
    for name in _models_in_order(parent):
        parts.append(f"class {own[name]}({name}):\n    {_body(name, parent, main)}\n")
    public += [own[name] for name in parent.models]
    listed = "".join(f"    {_quoted(name)},\n" for name in dict.fromkeys(public))
    lines = [
        licence(names.year),
        "from huggingface_hub.dataclasses import strict\n",
        "from ...utils import auto_docstring",
        *(_import(module, imports[module]) for module in sorted(imports) if imports[module]),
        "\n",
        "\n\n".join([*parts, f"__all__ = [\n{listed}]\n"]),
    ]
    return "\n".join(lines)


def _refuse_bound_part(parent: Parent, own: dict[str, str], main: str) -> None:
    """Raises CannotRun for a part whose configuration inherits from the whole model's."""
    for found in [*parent.sources.lineage(parent.config)][1:]:
        if own.get(found.name) == main:
            whole = next(name for name, config in parent.auto.configs.items() if config == found.name)
            raise CannotRun(
                f"base_model {parent.model_type} is made as a {whole}, of which it is a part; start from the whole: "
                f"make start OVER=1 BASE={whole}"
            )


def _config(name: str, base: str, model_type: str, names: Names) -> str:
    body = f"model_type = {_quoted(model_type)}" if model_type else "pass"
    return f"@auto_docstring(checkpoint={_quoted(names.checkpoint)})\n@strict\nclass {name}({base}):\n    {body}\n"


def _body(name: str, parent: Parent, main: str) -> str:
    """What a model class says of its own: its configuration, where that is not what the parent's becomes by renaming."""
    annotated = parent.sources.classes[name].annotation("config")
    is_part = class_name(parent.config, parent.module, parent.cased, "") != "Config"
    if is_part and name in parent.models and annotated in (parent.config, *parent.needed_configs):
        return f"config: {main}"
    return "pass"


def _models_in_order(parent: Parent) -> list[str]:
    """The model classes as their files define them, each after its bases."""
    wanted = {*parent.models, *parent.needed_models}
    ordered: list[str] = []
    for name in parent.sources.classes:
        if name in wanted:
            ordered += [found.name for found in reversed([*parent.sources.lineage(name)]) if found.name in wanted]
    return list(dict.fromkeys(ordered))


def own_names(parent: Parent, names: Names) -> dict[str, str]:
    """The parent's class -> the port's."""
    classes = (*parent.configs, *parent.needed_configs, *parent.needed_models, *parent.models)
    return {name: class_name(name, parent.module, parent.cased, names.prefix) for name in classes}


def own_types(parent: Parent, names: Names) -> dict[str, str]:
    """The parent's configuration class -> the `model_type` of the port's."""
    return {
        config: type_name(model_type, config, parent.module, parent.cased, names.model_type) if model_type else ""
        for config, model_type in (parent.configs | parent.needed_configs).items()
    }


def init_text(model_type: str, files: list[str], year: str) -> str:
    """`__init__.py` in upstream's lazy form; `files` are the port's Python files, without ending."""
    imports = "\n".join(f"    from .{file} import *" for file in sorted(files))
    return f"{licence(year)}{_INIT.format(imports=imports)}"


def licence(year: str) -> str:
    """The header of a file that lands upstream."""
    return _LICENCE.format(year=year)


def _configs_in_order(parent: Parent) -> list[str]:
    """The configuration classes, each after those that it mentions or inherits from."""
    ordered: list[str] = []
    configs = (*parent.needed_configs, *parent.configs)

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        for mentioned in configs:
            if mentioned in parent.sources.classes[name].mentions and mentioned not in (*above, name):
                add(mentioned, (*above, name))
        if name not in ordered:
            ordered.append(name)

    for name in reversed(configs):
        add(name)
    return ordered


def _import(module: str, classes: list[str]) -> str:
    line = f"from {module} import {', '.join(classes)}"
    if len(line) <= _LINE:
        return line
    listed = "".join(f"    {name},\n" for name in classes)
    return f"from {module} import (\n{listed})"


def _as_isort(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest: the order within an import that upstream's ruff keeps."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def _quoted(text: str) -> str:
    """A string literal with double quotes."""
    return json.dumps(text)
