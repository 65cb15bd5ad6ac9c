"""The imports that a file needs, out of those of the modular file and of its parents."""

import ast
from collections.abc import Collection, Iterable

import libcst as cst

from porting.modular.trees import code_of, only


def all_imports(sources: Iterable[list[cst.CSTNode]]) -> list[cst.CSTNode]:
    """The imports of all sources, those that read the same once; the earlier the source the stronger its imports."""
    found: dict[str, cst.CSTNode] = {}
    for imports in sources:
        new = [(code_of(node).strip(), node) for node in imports]
        for code, node in new:
            found.setdefault(code, node)
    return list(found.values())


def needed_imports(imports: list[cst.CSTNode], used: Collection[str], defined: Collection[str]) -> list[cst.CSTNode]:
    """Of `imports` what a file uses and does not define: each name once, guarded ones last."""
    seen: set[str] = set()

    def reduced(line: cst.CSTNode) -> cst.CSTNode | None:
        statement = only(line, (cst.Import, cst.ImportFrom))
        kept = []
        for alias in statement.names:
            name = alias.evaluated_alias or alias.evaluated_name
            if name in used and name not in defined and name not in seen:
                seen.add(name)
                kept.append(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))
        return line.with_changes(body=[statement.with_changes(names=kept)]) if kept else None

    plain, guarded = [], []
    for node in imports:
        if isinstance(node, cst.If):
            body = [
                new for line in node.body.body if only(line, (cst.Import, cst.ImportFrom)) and (new := reduced(line))
            ]
            if body:
                guarded.append(node.with_changes(body=node.body.with_changes(body=body)))
        elif new := reduced(node):
            plain.append(new)
    return plain + guarded


def used_names(code: str, imports: list[cst.CSTNode]) -> set[str]:
    """The names that `code` reads, string annotations and the conditions of guarded imports included.

    Of `a.b.c` the longest beginning that one of the imports binds counts.
    """
    bound: set[str] = set()
    conditions = []
    for node in imports:
        lines = [node]
        if isinstance(node, cst.If):
            lines = node.body.body
            conditions.append(code_of(node.with_changes(body=cst.SimpleStatementSuite([cst.Pass()]))))
        for line in lines:
            if statement := only(line, cst.Import):
                for alias in statement.names:
                    parts = (alias.evaluated_alias or alias.evaluated_name).split(".")
                    bound |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    used: set[str] = set()
    for text in [code, *conditions]:
        _Reader(bound, used).visit(ast.parse(text))
    return used


class _Reader(ast.NodeVisitor):
    """Collects the names that a module reads."""

    def __init__(self, bound: set[str], used: set[str]):
        self.bound, self.used = bound, used

    def visit_Name(self, node: ast.Name) -> None:
        self.used.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, value = [node.attr], node.value
        while isinstance(value, ast.Attribute):
            chain.append(value.attr)
            value = value.value
        if not isinstance(value, ast.Name):
            self.visit(value)
            return
        parts = [value.id, *reversed(chain)]
        for length in range(len(parts), 0, -1):
            if (name := ".".join(parts[:length])) in self.bound or length == 1:
                self.used.add(name)
                break

    def visit_arg(self, node: ast.arg) -> None:
        self._annotation(node.annotation)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._annotation(node.returns)
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _annotation(self, annotation: ast.expr | None) -> None:
        if annotation is None:
            return
        self.visit(annotation)
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    self.visit(ast.parse(node.value, mode="eval"))
                except SyntaxError:
                    continue
