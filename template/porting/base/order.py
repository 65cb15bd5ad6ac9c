"""Definitions that a generated file uses before it has them.

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


def _names(node: ast.expr | None) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name)) if node is not None else iter(())
