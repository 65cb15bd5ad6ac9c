"""Imports that must not fail where torch or torchvision is not installed, in the files that work without them."""

import re

import libcst as cst

from porting.modular.expansion.trees import code_of, dotted, only


# The kinds of files that do.
KINDS_WITHOUT_TORCH = ("image_processing_pil", "feature_extraction")
# The longer name first: one begins with the other.
_PACKAGES = ("torchvision", "torch")


def guarded(imports: list[cst.CSTNode]) -> list[cst.CSTNode]:
    """`imports` with those of torch and of torchvision gathered under one `if is_torch_available():` each, at the end.

    Whatever of them stands under such a condition already joins in, unless that has an `else`.
    """
    gathered: dict[str, list[cst.CSTNode]] = {package: [] for package in reversed(_PACKAGES)}
    others = []
    for node in imports:
        package = _package(node)
        if package is None:
            others.append(node)
        elif isinstance(node, cst.If):
            gathered[package] += node.body.body
        else:
            gathered[package].append(node)
    gathered = {package: lines for package, lines in gathered.items() if lines}
    if not gathered:
        return others
    conditions = [f"is_{package}_available" for package in gathered]
    blocks = [
        cst.parse_statement(
            f"if is_{package}_available():\n    " + "\n    ".join(code_of(line).strip() for line in lines)
        )
        for package, lines in gathered.items()
    ]
    return _with_conditions(others, conditions) + blocks


def _package(node: cst.CSTNode) -> str | None:
    """The package that an import or a block of them is about, of those that may be missing."""
    code = code_of(node).strip()
    if isinstance(node, cst.If):
        if node.orelse is not None:
            return None
        return next((package for package in reversed(_PACKAGES) if f"is_{package}_available()" in code), None)
    return next((package for package in _PACKAGES if re.match(f"(import|from) {package}", code)), None)


def _with_conditions(imports: list[cst.CSTNode], conditions: list[str]) -> list[cst.CSTNode]:
    """`imports` with the functions of the conditions among those from `utils`."""
    for position, node in enumerate(imports):
        statement = only(node, cst.ImportFrom)
        if statement is None or not re.search(r"(^|\.)utils$", dotted(statement.module) or ""):
            continue
        there = {alias.evaluated_name for alias in statement.names}
        missing = [name for name in conditions if name not in there]
        if missing:
            names = [*statement.names, *(cst.ImportAlias(name=cst.Name(name)) for name in missing)]
            line = node.with_changes(body=[statement.with_changes(names=names)])
            return [*imports[:position], line, *imports[position + 1 :]]
    return [cst.parse_statement(f"from ...utils import {', '.join(sorted(conditions))}"), *imports]
