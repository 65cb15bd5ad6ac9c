"""What the classes of a modular file may not inherit from."""

import builtins
from collections.abc import Iterator, Mapping

import libcst as cst

from porting.modular.errors import Refused
from porting.modular.expansion.trees import code_of, walk


def refuse_bases(classes: Mapping[str, cst.ClassDef], module: cst.Module) -> None:
    """Raises Refused for a base that is a call, that nothing defines or imports, or that inherits from its own child."""
    known = {*_bound(module), *vars(builtins)}
    imported = {*_imported(module)}
    for name, node in classes.items():
        for base in node.bases:
            if isinstance(base.value, cst.Call):
                raise Refused(f"{name} inherits from a call, {code_of(base.value)}: name the class", f"class {name}")
            if isinstance(base.value, cst.Name) and base.value.value not in known and "*" not in known:
                raise Refused(
                    f"{name} inherits from {base.value.value}, which is neither imported nor defined: import it from "
                    "its model's file",
                    f"class {name}",
                )
        if name in _ancestors(name, classes, imported):
            raise Refused(f"{name} inherits from itself: give one of the classes another parent", f"class {name}")


def _bound(module: cst.Module) -> Iterator[str]:
    """The names that imports, definitions and assignments anywhere in the file give a meaning; `*` for all."""
    yield from _imported(module)
    for node in walk(module):
        if isinstance(node, cst.ClassDef | cst.FunctionDef):
            yield node.name.value
        elif isinstance(node, cst.AssignTarget | cst.AnnAssign) and isinstance(node.target, cst.Name):
            yield node.target.value


def _imported(module: cst.Module) -> Iterator[str]:
    for node in walk(module):
        if isinstance(node, cst.ImportAlias):
            yield node.evaluated_alias or node.evaluated_name.split(".")[0]
        elif isinstance(node, cst.ImportStar):
            yield "*"


def _ancestors(name: str, classes: Mapping[str, cst.ClassDef], imported: set[str]) -> set[str]:
    """The classes of the file that a class inherits from, directly or not.

    A class may take the place of an imported one of its own name, as in Python.
    """
    found: set[str] = set()
    waiting = [name]
    while waiting:
        child = waiting.pop()
        for base in classes[child].bases if child in classes else ():
            parent = base.value.value if isinstance(base.value, cst.Name) else ""
            if parent and parent not in found and not (parent == child and parent in imported):
                found.add(parent)
                waiting.append(parent)
    return found
