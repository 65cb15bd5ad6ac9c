"""Files that a port's generated files import from beside them, and that no modular file gives: helpers of the parent.

Bark's modeling file imports `.generation_configuration_bark`; the port's imports the same under its own name. Such a
file is written once, by start, and takes the parent's definitions over by name.
"""

import ast
import re
from pathlib import Path

from porting.base.modular_file import Names, licence
from porting.base.parent import Parent
from porting.mount.naming import renamed


def companions(parent: Parent, names: Names, generated: dict[str, str], models: Path) -> dict[str, str]:
    """File name -> text, of the files that generated ones import and that are not among them.

    `models` is the directory of the installed models. What a file has that another generated one defines comes from
    there, all else from the parent's file of the same name.
    """
    defined = {name: Path(file).stem for file, text in generated.items() for name in _definitions(text)}
    wanted: dict[str, set[str]] = {}
    for text in generated.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                if f"{node.module}.py" not in generated:
                    wanted.setdefault(node.module, set()).update(alias.name for alias in node.names)
    return {f"{file}.py": _text(file, names_, defined, parent, names, models) for file, names_ in wanted.items()}


def _text(file: str, wanted: set[str], defined: dict[str, str], parent: Parent, names: Names, models: Path) -> str:
    source, theirs = _parents_file(file, parent, names, models)
    imports: dict[str, list[str]] = {}
    lines = []
    for name in sorted(wanted):
        original = theirs.get(name)
        if name in defined:
            imports.setdefault(f".{defined[name]}", []).append(f"{name} as {name}")
        elif original is None or original[0] == name:
            imports.setdefault(f"..{parent.module}.{source}", []).append(f"{name} as {name}")
        else:
            imports.setdefault(f"..{parent.module}.{source}", []).append(original[0])
            body = f"class {name}({original[0]}):\n    pass" if original[1] else f"{name} = {original[0]}"
            lines.append(f"\n\n{body}\n")
    head = "".join(f"from {module} import {', '.join(sorted(imports[module]))}\n" for module in sorted(imports))
    return f"{licence(names.year)}\n{head}{''.join(lines)}"


def _parents_file(file: str, parent: Parent, names: Names, models: Path) -> tuple[str, dict[str, tuple[str, bool]]]:
    """The parent's file that a port's is named after: its name without ending, and what it has under the port's names:
    the parent's name for it, and whether it is a class to inherit from."""
    for path in sorted((models / parent.module).glob("*.py")):
        if renamed(path.stem, parent.module, parent.cased, names.model_type, names.prefix) == file:
            definitions = _definitions(path.read_text(encoding="utf-8"))
            return path.stem, {
                renamed(name, parent.module, parent.cased, names.model_type, names.prefix): (name, is_class)
                for name, is_class in definitions.items()
            }
    return re.sub(rf"\b{names.model_type}\b", parent.module, file), {}


def _definitions(text: str) -> dict[str, bool]:
    """What a module defines -> whether it is a class to inherit from: parts of a model are not, for the parent's code
    makes its own, and the port's asks whether they are its."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            bases = [ast.unparse(base) for base in getattr(node, "bases", ())]
            found[node.name] = isinstance(node, ast.ClassDef) and "nn.Module" not in bases
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: False for target in targets if isinstance(target, ast.Name)}
    return found
