"""The text of a port's first modular file and of its `__init__.py`. Answers come in as data, written escaped."""

import ast
import json
import re
import textwrap
from dataclasses import dataclass
from datetime import date

from porting.base.exceptions import aliases, imports_of, overrides, parts_of_itself
from porting.base.introductions import introduction
from porting.base.parent import Parent, is_model, type_of
from porting.errors import CannotRun
from porting.modular.formatting import formatted
from porting.mount.naming import class_name, type_name


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
        if isinstance(value, date):  # what YAML makes of one without quotes
            value = value.isoformat()
        if not isinstance(value, str) or len(value) > 96 or not re.fullmatch(pattern, value):
            shown = "missing" if value is None else json.dumps(str(value)[:60])
            raise CannotRun(
                f"{key} in .copier-answers.yml is {shown}; it must be {rule}: correct it with `make update`"
            )
    return Names(answers["model_type"], answers["camelcase_name"], answers["hub_id"], str(answers["start_date"])[:4])


def modular_text(parent: Parent, names: Names) -> str:
    """The modular file of a port that is its parent under another name. Raises CannotRun where ruff is missing."""
    own, types = own_names(parent, names), own_types(parent, names)
    main = f"{names.prefix}Config"
    configs = [name for name in _configs_in_order(parent) if name in parent.configs or own[name] != main]
    renames = (names.model_type, names.prefix)
    kept = {name: overrides(name, parent, own, *renames) for name in configs}
    asked = aliases(parent, *renames)

    imported = {"strict": "huggingface_hub.dataclasses", "auto_docstring": "...utils"}
    imported |= imports_of([line for lines in kept.values() for line in lines], parent)
    imported |= {name: module for module, name in asked.values()}
    decorated = {name: _decorators(name, parent, own[name], names.prefix) for name in parent.models}
    imported |= imports_of([line for lines in decorated.values() for line in lines], parent)
    for name, lines in decorated.items():
        used = {each.id for line in lines for each in ast.walk(line) if isinstance(each, ast.Name)}
        defined = dict.fromkeys(used & parent.sources.mentions.keys(), parent.sources.classes[name].file)
        imported |= {each: f"..{parent.module}.{file}" for each, file in defined.items()}
    for file, classes in parent.files.items():
        taken = {*configs, *parent.early, *parent.needed_models, *parent.models}.intersection(classes)
        imported |= dict.fromkeys(taken, f"..{parent.module}.{file}")
    copied = [name for name, config in parent.asked.items() if name == config]
    imported |= {name: f"..{parent.module}.{parent.sources.classes[name].file}" for name in copied}

    public = [own[name] for name in configs if name in parent.configs]
    # First, for of configurations of one type the last is entered.
    parts = [_config(name, name, own_types(parent, names, (name,))[name], names) for name in copied]
    parts += [_config(own[name], name, types[name], names, kept[name]) for name in configs]
    if own[parent.config] != main:
        # The parent is a part of a model: its configuration keeps the part's name, and the port's own stands for it.
        whole = {name for name in parent.needed_configs if own[name] == main}
        parts.append(_config(main, own[parent.config], names.model_type, names, parts_of_itself(whole, parent)))
        public.append(main)
    parts += [_config(name, own[config], "", names) for name, config in parent.asked.items() if name not in copied]
    parts += [f"{own_name} = {name}\n" for own_name, (_, name) in asked.items()]
    for name in _models_in_order(parent):
        above = "".join(f"@{ast.unparse(each)}\n" for each in decorated.get(name, ()))
        parts.append(f"{above}class {own[name]}({name}):\n    {_body(name, parent, main)}\n")
    public += [own[name] for name in parent.models]
    parts.append(f"__all__ = [{', '.join(map(_quoted, dict.fromkeys(public)))},]\n")
    lines = [licence(names.year), *(f"from {module} import {name}" for name, module in imported.items()), *parts]
    return formatted({"modular": "\n".join(lines)})["modular"]


def _config(name: str, base: str, model_type: str, names: Names, kept: list[ast.stmt] = ()) -> str:
    body = [f"model_type = {_quoted(model_type)}"] if model_type else []
    body += [ast.unparse(line) for line in kept]
    lines = [f"@auto_docstring(checkpoint={_quoted(names.checkpoint)})", "@strict", f"class {name}({base}):"]
    return "\n".join(lines) + "\n" + textwrap.indent("\n".join(body or ["pass"]), "    ") + "\n"


def _decorators(name: str, parent: Parent, own: str, prefix: str) -> list[ast.expr]:
    """What stands above a public class whose parent has no documentation made for it, as upstream asks of new models.

    Decorators written in a modular file take the place of the parent's, so these are written too; none is written else.
    What has no introduction in `auto_docstring`, or is no model, has to bring its own. Older ways to document give way.
    """
    parents = parent.sources.classes[name]
    documented = any("auto_docstring" in ast.unparse(each) for each in parents.node.decorator_list)
    if documented or any(base.startswith("Generic") for base in parents.bases):  # those bring it along
        return []
    kept = [
        each for each in parents.node.decorator_list if "docstring" not in ast.unparse(getattr(each, "func", each))
    ]
    documentation = ast.Name("auto_docstring")
    if not (is_model(name, parent.sources) and own.endswith(tuple(parent.introduced))):
        intro = ast.keyword("custom_intro", ast.Constant(introduction(own, prefix)))
        documentation = ast.Call(documentation, [], [intro])
    return [*kept, documentation]


def _body(name: str, parent: Parent, main: str) -> str:
    """What a model class says of its own: its configuration, where that is not the parent's renamed."""
    annotated = parent.sources.classes[name].annotation("config")
    is_part = class_name(parent.config, parent.module, parent.cased, "") != "Config"
    if is_part and name in parent.models and annotated in (parent.config, *parent.needed_configs):
        return f"config: {main}"
    return "pass"


def _models_in_order(parent: Parent) -> list[str]:
    """Those that have to be named early, then the model classes as their files define them, each after its bases."""
    models = {*parent.models, *parent.needed_models}
    wanted = {*parent.early, *models}
    ordered: list[str] = []
    for name in [*parent.early, *(name for name in parent.sources.classes if name in models)]:
        ordered += [found.name for found in reversed([*parent.sources.lineage(name)]) if found.name in wanted]
    return list(dict.fromkeys(ordered))


def own_names(parent: Parent, names: Names, classes: tuple[str, ...] = ()) -> dict[str, str]:
    """The parent's class -> the port's: for all that the port takes over by name, or for some."""
    classes = classes or tuple(name for taken in parent.files.values() for name in taken)
    return {name: class_name(name, parent.module, parent.cased, names.prefix) for name in classes}


def own_types(parent: Parent, names: Names, configs: tuple[str, ...] = ()) -> dict[str, str]:
    """The parent's configuration class -> the `model_type` of the port's: for all that the port takes over by name, or
    for some."""
    theirs = {name: type_of(name, parent.sources, parent.auto) for name in configs}
    theirs = theirs or parent.configs | parent.needed_configs
    return {
        config: type_name(model_type, config, parent.module, parent.cased, names.model_type) if model_type else ""
        for config, model_type in theirs.items()
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
            inherits = any(found.name == name for found in parent.sources.lineage(mentioned))
            if mentioned in parent.sources.classes[name].mentions and not inherits and mentioned not in above:
                add(mentioned, (*above, name))
        if name not in ordered:
            ordered.append(name)

    for name in reversed(configs):
        add(name)
    return ordered


def _quoted(text: str) -> str:
    """A string literal with double quotes."""
    return json.dumps(text)
