"""Walking, changing and printing libcst trees, without the visitors of libcst, which rebuild all they see."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import libcst as cst


# A handler returns what a node becomes; None takes it away.
Handlers = Mapping[type, Callable[[cst.CSTNode], cst.CSTNode | None]]

# Beginnings of the names of fields that hold spaces, commas and brackets: comments may be in there, names never.
_LAYOUT = ("whitespace", "leading", "lines_", "trailing", "lpar", "rpar", "lbracket", "rbracket", "comma")
_LAYOUT += ("header", "footer", "semicolon", "equal", "dot")
_NO_COMMENT_INSIDE = (cst.SimpleWhitespace, cst.Newline)


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _meaningful_fields(kind: type) -> tuple[str, ...]:
    return tuple(name for name in _fields(kind) if not name.startswith(_LAYOUT))


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`node` and everything below it that is not layout, each before what it holds, statements in their order."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        below: list[cst.CSTNode] = []
        for name in _meaningful_fields(type(node)):
            value = getattr(node, name)
            if isinstance(value, cst.CSTNode):
                below.append(value)
            elif value and isinstance(value, (list, tuple)):
                below += value
        below.reverse()
        stack += below


def names_in(node: cst.CSTNode) -> set[str]:
    """Every name in `node`: variables, attributes, keywords and parameters alike."""
    return {found.value for found in walk(node) if type(found) is cst.Name}


def rewrite(node: cst.CSTNode, handlers: Handlers) -> cst.CSTNode | None:
    """What `node` becomes when nodes of the handlers' types become what these say; untouched parts are shared."""
    handler = handlers.get(type(node))
    return handler(node) if handler else rewrite_below(node, handlers)


def rewrite_below(node: cst.CSTNode, handlers: Handlers) -> cst.CSTNode:
    """`node` with its parts rewritten, layout and comments included; `node` itself where nothing changes."""
    changes: dict[str, object] = {}
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            if type(value) not in _NO_COMMENT_INSIDE and (new := rewrite(value, handlers)) is not value:
                changes[name] = new
        elif value and isinstance(value, (list, tuple)):
            parts = [rewrite(part, handlers) for part in value]
            if any(new is not old for new, old in zip(parts, value, strict=True)):
                changes[name] = [part for part in parts if part is not None]
    return node.with_changes(**changes) if changes else node


_PRINTER = cst.Module(body=[])


def code_of(node: cst.CSTNode) -> str:
    """The source of `node` with the blank lines and comments that lead to it, at no indentation."""
    return _PRINTER.code_for_node(node)


def bare_code_of(node: cst.CSTNode) -> str:
    """The source of `node` to compare with others: without comments, and without spaces where they mean nothing."""
    without_comments = re.sub(r"#.*", "", code_of(node)).strip()
    return re.sub(r" *\n", "\n", without_comments).strip()


def dotted(node: cst.CSTNode | None) -> str | None:
    """`"nn.Module"` for a name or a chain of attributes of a name, None for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    return ".".join([node.value, *reversed(parts)])


def only(statement: cst.CSTNode, kind: type | tuple[type, ...]) -> cst.CSTNode | None:
    """The small statement that is all of this line, if it is of `kind`."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        if isinstance(statement.body[0], kind):
            return statement.body[0]
    return None


def is_docstring(statement: cst.CSTNode) -> bool:
    """Whether this line is a string in triple double quotes, and nothing else."""
    expression = only(statement, cst.Expr)
    if expression is None or not isinstance(expression.value, cst.SimpleString):
        return False
    return re.search(r'"""[\s\S]*"""', expression.value.value) is not None


def assigned(statement: cst.CSTNode, annotated: bool = False) -> cst.BaseExpression | None:
    """What stands on the left of a line that is one `left = value`, the first of several; `left: type` if asked."""
    assignment = only(statement, (cst.Assign, cst.AnnAssign) if annotated else cst.Assign)
    if isinstance(assignment, cst.AnnAssign):
        return assignment.target
    return assignment.targets[0].target if assignment else None


def body_of(node: cst.ClassDef | cst.FunctionDef) -> list[cst.CSTNode]:
    return list(node.body.body)


def imported_module(node: cst.ImportFrom) -> str:
    """`"..llama.modeling_llama"`: what stands between `from` and `import`."""
    return "." * len(node.relative) + (code_of(node.module) if node.module is not None else "")
