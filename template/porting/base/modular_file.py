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
    "camelcase_name": (r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*", "a capital letter, then letters and digits, like BigBird"),
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
            raise CannotRun(f"{key} in .copier-answers.yml is {shown}; it must be {rule}: correct it with `make update`")
    return Names(answers["model_type"], answers["camelcase_name"], answers["hub_id"], answers["start_date"][:4])


def modular_text(parent: Parent, names: Names) -> str:
    """The modular file of a port that is its parent under another name."""
    own = own_names(parent, names)
    types = own_types(parent, names)
    imports: dict[str, list[str]] = {}
    for file, classes in parent.files.items():
        imports[f"..{parent.module}.{file}"] = sorted(classes, key=_as_isort)
    head = [
        _LICENCE.format(year=names.year),
        "from huggingface_hub.dataclasses import strict\n",
        "\n".join(
            ["from ...utils import auto_docstring", *(_import(module, imports[module]) for module in sorted(imports))]
        ),
        "",
        "",
    ]
    classes = []
    for name in _configs_in_order(parent):
        classes.append(
            f"@auto_docstring(checkpoint={_quoted(names.checkpoint)})\n@strict\n"
            f"class {own[name]}({name}):\n    model_type = {_quoted(types[name])}\n"
        )
    for name in parent.models:
        annotated = parent.sources.classes[name].annotation("config")
        # A base class of the whole directory is annotated with the configuration of a model that is not taken over.
        foreign = annotated in parent.sources.classes and annotated not in parent.configs
        body = f"config: {own[parent.config]}" if foreign else "pass"
        classes.append(f"class {own[name]}({name}):\n    {body}\n")
    listed = "".join(f"    {_quoted(own[name])},\n" for name in (*_configs_in_order(parent), *parent.models))
    return "\n".join(head) + "\n" + "\n\n".join([*classes, f"__all__ = [\n{listed}]\n"])


def own_names(parent: Parent, names: Names) -> dict[str, str]:
    """The parent's class -> the port's."""
    classes = (*parent.configs, *parent.models)
    return {name: class_name(name, parent.module, parent.cased, names.prefix) for name in classes}


def own_types(parent: Parent, names: Names) -> dict[str, str]:
    """The parent's configuration class -> the `model_type` of the port's."""
    return {
        config: type_name(model_type, config, parent.module, parent.cased, names.model_type)
        for config, model_type in parent.configs.items()
    }


def init_text(model_type: str, files: list[str], year: str) -> str:
    """`__init__.py` in upstream's lazy form; `files` are the port's Python files, without ending."""
    imports = "\n".join(f"    from .{file} import *" for file in sorted(files))
    return f"{_LICENCE.format(year=year)}{_INIT.format(imports=imports)}"


def _configs_in_order(parent: Parent) -> list[str]:
    """The configuration classes, each after those that it mentions."""
    ordered: list[str] = []

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        for mentioned in parent.configs:
            if mentioned in parent.sources.classes[name].mentions and mentioned not in (*above, name):
                add(mentioned, (*above, name))
        if name not in ordered:
            ordered.append(name)

    for name in reversed(parent.configs):
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
