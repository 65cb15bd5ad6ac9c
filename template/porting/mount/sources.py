"""The classes of a model's source files, read without importing them. Standard library only."""

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Class:
    """A class of a file: the last names of its bases, its body, and the names it mentions outside strings."""

    name: str
    file: str
    bases: list[str]
    node: ast.ClassDef = field(repr=False)

    @cached_property
    def mentions(self) -> set[str]:
        return {node.id for node in ast.walk(self.node) if isinstance(node, ast.Name)}

    @cached_property
    def texts(self) -> set[str]:
        """The strings of the body, `model_type` and docstrings apart."""
        own = [line for line in self.node.body if not isinstance(line, ast.Expr)]
        nodes = (node for line in own for node in ast.walk(line) if isinstance(node, ast.Constant))
        return {node.value for node in nodes if isinstance(node.value, str)} - {self.text("model_type")}

    def text(self, name: str) -> str | None:
        """The string the class body gives to a name."""
        value = getattr(self.assigned(name), "value", None)
        return value if isinstance(value, str) else None

    def assigned(self, name: str) -> ast.expr | None:
        """The value the class body gives to a name, with or without annotation; None without one."""
        for line in self.node.body:
            targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return line.value
        return None

    def annotation(self, name: str) -> str | None:
        """The name that the class body annotates an attribute with."""
        for line in self.node.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.target.id == name:
                return last_name(line.annotation)
        return None

    def arguments(self, method: str) -> dict[str, str | None] | None:
        """The parameters of a method that the class itself defines -> the names they are annotated with."""
        for line in self.node.body:
            if isinstance(line, ast.FunctionDef) and line.name == method:
                arguments = (*line.args.args, *line.args.kwonlyargs)
                return {argument.arg: last_name(argument.annotation) for argument in arguments}
        return None


@dataclass(frozen=True)
class Sources:
    """The configuration and modeling files of one model directory.

    `public`: file, without ending -> the names in its `__all__`; `classes`: name -> class, of all files; `mentions`:
    what the modeling files define -> the names that its definition mentions, in strings too; `imported`: name -> the
    module that a file imports it from, with the dots in front.
    """

    public: dict[str, list[str]]
    classes: dict[str, Class]
    mentions: dict[str, set[str]]
    imported: dict[str, str]

    def reached(self, names: list[str]) -> list[str]:
        """These definitions of the modeling files and all that they mention, directly or not; in the files' order."""
        todo, seen = list(names), set()
        while todo:
            name = todo.pop()
            if name in self.mentions and name not in seen:
                seen.add(name)
                todo += self.mentions[name]
        return [name for name in self.mentions if name in seen]

    def lineage(self, name: str):
        """A class and those of its bases that stand in the same directory, nearest first."""
        todo, seen = [name], set()
        while todo:
            current = self.classes.get(todo.pop(0))
            if current is not None and current.name not in seen:
                seen.add(current.name)
                yield current
                todo += current.bases

    def config_of(self, name: str) -> str | None:
        """The configuration class that a model class is annotated with, itself or through its bases."""
        for found in self.lineage(name):
            for attribute in ("config", "config_class"):
                annotated = found.annotation(attribute)
                value = found.assigned(attribute)
                if annotated or isinstance(value, ast.Name):
                    return annotated or value.id
        return None

    def model_type(self, name: str) -> str | None:
        """The `model_type` of a configuration class."""
        for found in self.lineage(name):
            if found.text("model_type"):
                return found.text("model_type")
        return None


def read_sources(directory: Path) -> Sources:
    """Read the configuration and modeling files of a model directory. Raises SyntaxError."""
    public, classes, mentions, imported = {}, {}, {}, {}
    for kind in ("configuration", "modeling"):
        for path in sorted(directory.glob(f"{kind}_*.py")):
            module = ast.parse(path.read_text(encoding="utf-8"))
            public[path.stem] = listed_names(module)
            for node in module.body:
                if isinstance(node, ast.ImportFrom):
                    source = "." * node.level + (node.module or "")
                    imported |= {alias.name: source for alias in node.names if alias.asname is None}
                if isinstance(node, ast.ClassDef):
                    bases = [name for name in map(last_name, node.bases) if name]
                    classes.setdefault(node.name, Class(node.name, path.stem, bases, node))
                if kind == "modeling":
                    for name in _defined(node):
                        mentions.setdefault(name, set()).update(_mentioned(node))
    return Sources(public, classes, mentions, imported)


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement of a module defines, imports apart."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name) and target.id != "__all__"]


def _mentioned(node: ast.stmt) -> set[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    texts = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return names | {text for text in texts if text.isidentifier()}


def listed_names(module: ast.Module) -> list[str]:
    """The strings of `__all__`, in order; empty without one."""
    for node in module.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets
        ):
            return [item.value for item in getattr(node.value, "elts", ()) if isinstance(item, ast.Constant)]
    return []


def last_name(node: ast.expr | None) -> str | None:
    """`PreTrainedModel` of `modeling_utils.PreTrainedModel`, of `"PreTrainedModel"` and of the name itself."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.id if isinstance(node, ast.Name) else None
