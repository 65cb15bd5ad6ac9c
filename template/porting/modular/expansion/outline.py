"""What a module defines at its top level, what it imports, and which names each definition uses."""

import re
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst

from porting.modular.expansion.names import ANY_KIND, Renaming
from porting.modular.expansion.trees import assigned, code_of, imported_module, names_in, only, walk


@dataclass(eq=False)
class Definition:
    """A class, function or assignment, as its module has it or under a new name."""

    source: cst.CSTNode
    renaming: Renaming | None = None

    @cached_property
    def node(self) -> cst.CSTNode:
        return self.renaming.tree(self.source) if self.renaming else self.source

    @property
    def is_class(self) -> bool:
        return isinstance(self.source, cst.ClassDef)


@dataclass
class Uses:
    """The names that a definition uses; those it imports from other packages are never renamed."""

    names: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)

    def under(self, renaming: Renaming) -> set[str]:
        return {renaming.text(name) for name in self.names} | self.foreign


class Outline:
    """A module as a table of contents. A name that is defined twice stands for its last definition.

    `order` is the order of first definitions. What is assigned to a part of a constant (`TABLE["x"] = y`) is a
    definition under its own source as name, and the constant uses it. Only what stands directly in the module
    counts, except for classes, which count wherever they stand, and imports under a condition.
    """

    def __init__(self, module: cst.Module):
        self.module = module
        self.classes: dict[str, cst.ClassDef] = {}
        self.functions: dict[str, cst.FunctionDef] = {}
        self.assignments: dict[str, cst.SimpleStatementLine] = {}
        self.uses: dict[str, Uses] = {}
        self.class_uses: dict[str, Uses] = {}
        self.imports: list[cst.SimpleStatementLine | cst.If] = []
        self.from_imports: list[cst.ImportFrom] = []
        self.order: dict[str, int] = {}
        for statement in module.body:
            self._read(statement)

    def neighbours(self) -> set[str]:
        """The names that come from other files of the same model."""
        found = set()
        for node in self.from_imports:
            if not isinstance(node.names, cst.ImportStar) and re.match(rf"\.({ANY_KIND})", imported_module(node)):
                found |= {alias.evaluated_alias or alias.evaluated_name for alias in node.names}
        return found

    def _read(self, statement: cst.CSTNode) -> None:
        if isinstance(statement, cst.SimpleStatementLine):
            self._read_line(statement)
        elif isinstance(statement, cst.FunctionDef):
            self.functions[statement.name.value] = statement
            self._place(statement.name.value)
            self._note(statement.name.value, statement)
        elif isinstance(statement, cst.ClassDef):
            self._read_class(statement)
        else:
            self._read_block(statement)

    def _read_line(self, line: cst.SimpleStatementLine) -> None:
        self.from_imports += [node for node in line.body if isinstance(node, cst.ImportFrom)]
        if only(line, (cst.Import, cst.ImportFrom)):
            self.imports.append(line)
        target = assigned(line)
        if target is None or len(line.body[0].targets) > 1:
            return
        if isinstance(target, cst.Name):
            self.assignments[target.value] = line
            self._place(target.value)
            self._note(target.value, line)
        elif isinstance(target, (cst.Subscript, cst.Attribute)) and isinstance(target.value, cst.Name):
            code = code_of(line)
            self.assignments[code] = line
            self._place(code)
            self._note(target.value.value, line)
            self.uses[target.value.value].names.add(code)

    def _read_class(self, node: cst.ClassDef) -> None:
        name = node.name.value
        self.classes[name] = node
        self._place(name)
        self.class_uses[name] = self._survey(node)

    def _read_block(self, block: cst.CSTNode) -> None:
        """An `if`, `try` or `with`: only imports under a condition and classes count."""
        stack = [block]
        while stack:
            node = stack.pop()
            if isinstance(node, cst.ClassDef):
                self._read_class(node)
            elif isinstance(node, cst.FunctionDef):
                self._survey(node)
            elif isinstance(node, cst.ImportFrom):
                self.from_imports.append(node)
            else:
                if isinstance(node, cst.If):
                    guarded = [line for line in node.body.body if only(line, (cst.Import, cst.ImportFrom))]
                    self.imports += [node] * bool(guarded)
                stack += reversed(node.children)

    def _place(self, name: str) -> None:
        self.order.setdefault(name, len(self.order))

    def _note(self, name: str, node: cst.CSTNode) -> None:
        uses, found = self.uses.setdefault(name, Uses()), self._survey(node)
        uses.names |= found.names
        uses.foreign |= found.foreign

    def _survey(self, definition: cst.CSTNode) -> Uses:
        """The names in a definition; classes and imports inside it are taken down on the way."""
        uses, foreign_parts = Uses(), set()
        for node in walk(definition):
            if type(node) is cst.Name:
                (uses.foreign if id(node) in foreign_parts else uses.names).add(node.value)
            elif isinstance(node, cst.ImportFrom):
                self.from_imports.append(node)
                if not node.relative:
                    foreign_parts |= {id(part) for part in walk(node)}
            elif isinstance(node, cst.ClassDef) and node is not definition:
                self.classes[node.name.value] = node
                self._place(node.name.value)
                self.class_uses[node.name.value] = Uses(names_in(node))
        return uses
