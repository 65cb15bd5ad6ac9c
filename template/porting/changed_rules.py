"""What Transformers has come to ask of a port since older versions of the template, looked for in the port's files.

An update never touches the porter's files, so it can only point. Standard library only: an update asks before there
need be an environment.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from porting.modular.files import was_generated
from porting.swallowed import installed, swallowed


@dataclass(frozen=True)
class Finding:
    """A line of the port to change; `since` is the version of the template that renders it otherwise, or the
    release of Transformers that asks for it."""

    path: str
    line: int
    since: str
    what: str


@dataclass(frozen=True)
class Rule:
    """What to change in the files of `pattern`, and which lines of a parsed file need it."""

    since: str
    pattern: str
    what: str
    lines: Callable[[ast.Module], Iterator[int]]


def torch_in_class_bodies(module: ast.Module) -> Iterator[int]:
    """Lines that use torch when a class is made: decorators, default values and attributes, not bodies of methods."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            for statement in node.body:
                yield from sorted({name.lineno for name in _names_on_import(statement) if name.id == "torch"})


def _names_on_import(node: ast.AST) -> Iterator[ast.Name]:
    """Names that are looked up when a statement of a class is run; what stands under a condition may be guarded."""
    if isinstance(node, ast.Name):
        yield node
    if isinstance(node, ast.If | ast.IfExp | ast.Lambda | ast.ClassDef):
        return
    later = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ()
    for child in ast.iter_child_nodes(node):
        if child not in later:
            yield from _names_on_import(child)


RULES = (
    Rule(
        since="0.2.0",
        pattern="tests/models/*/test_*.py",
        what="upstream imports tests without torch: write `with torch.no_grad():` in the method, no decorator",
        lines=torch_in_class_bodies,
    ),
)


def findings(root: Path) -> list[Finding]:
    """Every line of the port below `root` that a rule asks to change; a file that cannot be parsed has none."""
    found = []
    for rule in RULES:
        for path in sorted(root.glob(rule.pattern)):
            try:
                module = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                continue
            name = path.relative_to(root).as_posix()
            found += [Finding(name, line, rule.since, rule.what) for line in rule.lines(module)]
    return found + swallowed_findings(root)


def swallowed_findings(root: Path) -> list[Finding]:
    """What `generate()` of the installed Transformers passes to the port below `root`, and its forward swallows."""
    transformers = installed(root)
    if transformers is None:
        return []
    return [
        Finding(
            path.relative_to(root).as_posix(), found.line, f"Transformers {found.release}", found.what + _remedy(path)
        )
        for path in sorted(root.glob("src/transformers/models/*/modeling_*.py"))
        for found in swallowed(path, transformers)
    ]


def _remedy(path: Path) -> str:
    """How a file comes to say it where nobody edits it: that of a port which starts from a model is generated."""
    if not was_generated(path.read_bytes()):
        return ""
    modular = path.name.replace("modeling_", "modular_", 1)
    return f"; it is generated: run `make modular`, and change what {modular} itself writes of it"
