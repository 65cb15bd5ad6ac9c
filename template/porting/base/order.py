"""Definitions that a generated file uses before it has them, or has not at all.

Converters sort definitions by need. Two that need each other have no order, and one that is needed as the file is
imported, for an annotation, may come too late. Named in the modular file, it comes where it stands there.
"""

import ast
from collections.abc import Iterator


def out_of_order(text: str) -> set[str]:
    """The definitions that a statement above them evaluates when the module is imported, and what stands there."""
    body = ast.parse(text).body
    later = {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    found = set()
    for node in body:
        own = getattr(node, "name", None)
        if too_late := {name for name in _evaluated(node) if name in later and name != own}:
            found |= too_late | {own}
        later.discard(own)
    return found - {None}


def astray(generated: dict[str, str]) -> set[str]:
    """The classes that mention a configuration which their file defines once more instead of importing it.

    `generated`: file name -> text.
    """
    classes = {
        file: {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
        for file, text in generated.items()
    }
    configurations = {name for file, found in classes.items() if file.startswith("configuration_") for name in found}
    found = set()
    for file, own in classes.items():
        if not file.startswith("configuration_") and (copied := configurations & own.keys()):
            found |= {name for name, node in own.items() if name not in copied and copied.intersection(_names(node))}
    return found


def not_there(generated: dict[str, str]) -> list[str]:
    """The names that files import from a configuration file that stands among them, and that it does not have."""
    nodes = (node for text in generated.values() for node in ast.parse(text).body)
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 1]
    missing = []
    for node in imports:
        file = f"{node.module}.py"
        if file.startswith("configuration_") and file in generated:
            missing += [alias.name for alias in node.names if alias.name not in _bound(generated[file])]
    return list(dict.fromkeys(missing))


def _bound(text: str) -> set[str]:
    """The names that a module has: definitions and imports, those under a condition too."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


def _evaluated(node: ast.stmt) -> Iterator[str]:
    """The names that running a statement looks up: bodies of functions apart."""
    if isinstance(node, ast.FunctionDef):
        arguments = (*node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg)
        annotations = [argument.annotation for argument in arguments if argument is not None]
        for part in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults, *annotations, node.returns):
            yield from _names(part)
    elif isinstance(node, ast.ClassDef):
        for part in (*node.decorator_list, *node.bases):
            yield from _names(part)
        for line in node.body:
            yield from _evaluated(line)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr):
        yield from _names(node.value)
        yield from _names(getattr(node, "annotation", None))


def _names(node: ast.AST | None) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name)) if node is not None else iter(())
