"""Where a line of a generated file was written: in the modular file, or in the model that its class is taken from."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from porting.base.parent import auto_mappings_of
from porting.errors import CannotRun
from porting.modular.files import was_generated
from porting.modular.sources import imported, installed_transformers
from porting.mount.naming import cased_name, class_name, renamed
from porting.workspace import Workspace


_SOURCE = re.compile(rb"generated from \S*?(modular_\w+\.py)")
_Scope = ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True)
class Origin:
    """A line that a person wrote: the porter, or the authors of a model of Transformers.

    `file` is below the workspace's root, or begins with `transformers/`. `owner` is the class or function of the model
    that the port takes the line from, empty for a line of the porter's.
    """

    file: str
    line: int
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f", {self.owner}" if self.owner else "")


def describe_line(workspace: Workspace, path: Path, number: int) -> str:
    """Line `number` of a file of the port as "file:line", with where it was written if the file is generated."""
    here = f"{path.resolve().relative_to(workspace.root.resolve()).as_posix()}:{number}"
    written = origin(workspace, path, number)
    if written is None:
        return here
    return f"{here} (from {written})" if written.owner else str(written)


def origin(workspace: Workspace, path: Path, number: int) -> Origin | None:
    """Where line `number`, from 1, of `path` was written; None if the file is not generated, or it cannot be told."""
    content = path.read_bytes()
    named = _SOURCE.search(content[:3000])
    if not was_generated(content) or named is None:
        return None
    modular = path.with_name(named[1].decode())
    try:
        generated, own = _Source(path), _Source(modular)
        scopes = generated.scopes(number)
        if not scopes:
            return None
        if found := own.same(scopes, generated, number):
            return Origin(modular.resolve().relative_to(workspace.root.resolve()).as_posix(), found)
        return _of_parent(workspace, own, generated, scopes, number)
    except (CannotRun, OSError, SyntaxError, ValueError):
        return None


def _of_parent(
    workspace: Workspace, own: "_Source", generated: "_Source", scopes: list[_Scope], number: int
) -> Origin | None:
    """The line in the model that the outermost class or function is taken from: of the imported ones that have it, the
    declared base, else the one that is most like it."""
    transformers, _ = installed_transformers()
    name = scopes[0].name
    declared = next((node for node in own.tree.body if isinstance(node, ast.ClassDef) and node.name == name), None)
    bases = [ast.unparse(base) for base in declared.bases] if declared else []
    found: list[tuple[bool, int, Origin]] = []
    for model, module in imported(own.path, own.path.read_bytes()):
        root = next(
            (
                root
                for root in (workspace.root / "src" / "transformers", transformers)
                if (root / "models" / model / f"{module}.py").is_file()
            ),
            None,
        )
        if root is None:
            continue
        theirs = _Source(root / "models" / model / f"{module}.py")
        names = (model, cased_name(model, auto_mappings_of(transformers).configs))
        as_port = partial(_as_port, names, workspace)
        for node in theirs.tree.body:
            if isinstance(node, _Scope) and (node.name in (*bases, name) or _name_of(node, names, workspace) == name):
                line = theirs.same([node, *scopes[1:]], generated, number, as_port) or node.lineno
                where = f"transformers/{theirs.path.relative_to(root).as_posix()}"
                file = where if root == transformers else f"src/{where}"
                owner = ".".join([node.name, *(scope.name for scope in scopes[1:])])
                alike = len(generated.texts(scopes[0]) & set(map(as_port, theirs.texts(node))))
                found.append((node.name in bases, alike, Origin(file, line, owner)))
    return max(found, key=lambda candidate: candidate[:2])[2] if found else None


def _as_port(names: tuple[str, str], workspace: Workspace, text: str) -> str:
    """A text of a model, known by its directory and by its name in classes, as the port has it."""
    return renamed(text, *names, workspace.model_type, workspace.class_prefix)


def _name_of(node: _Scope, names: tuple[str, str], workspace: Workspace) -> str:
    """What a class or function of a model is called in the port."""
    if isinstance(node, ast.ClassDef):
        return class_name(node.name, *names, workspace.class_prefix)
    return _as_port(names, workspace, node.name)


class _Source:
    """A parsed file. Raises OSError, SyntaxError or ValueError for one that cannot be read."""

    def __init__(self, path: Path):
        self.path = path
        self.tree, self.lines = _parsed(path, path.stat().st_mtime_ns)

    def scopes(self, number: int) -> list[_Scope]:
        """The class and function around a line, from the outside."""
        found: list[_Scope] = []
        inside: Iterator[ast.AST] = iter(self.tree.body)
        while scope := next((node for node in inside if isinstance(node, _Scope) and number in _span(node)), None):
            found.append(scope)
            inside = iter(scope.body)
        return found[:2]

    def texts(self, scope: _Scope) -> set[str]:
        """What the lines of a class or function say."""
        return {self.lines[at - 1].strip() for at in _span(scope)}

    def same(
        self, scopes: list[_Scope], other: "_Source", number: int, as_port: Callable[[str], str] = str
    ) -> int | None:
        """The line here that says in the same class and function what line `number` of another file says there.

        `as_port` gives a line of this file the port's names.
        """
        body, found = self.tree.body, None
        for scope in scopes:
            found = next((node for node in body if isinstance(node, type(scope)) and node.name == scope.name), None)
            if found is None:
                return None
            body = found.body
        wanted = other.lines[number - 1].strip()
        equal = [at for at in _span(found) if as_port(self.lines[at - 1].strip()) == wanted]
        into = number - other.scopes(number)[-1].lineno
        return min(equal, key=lambda at: abs(at - found.lineno - into), default=None)


def _span(node: _Scope) -> range:
    """The lines of a class or function, its decorators among them."""
    return range(min([node.lineno, *(each.lineno for each in node.decorator_list)]), node.end_lineno + 1)


@lru_cache(maxsize=32)
def _parsed(path: Path, changed: int) -> tuple[ast.Module, list[str]]:
    text = path.read_text(encoding="utf-8")
    return ast.parse(text), text.splitlines()
