"""The modular files of a workspace, and what each takes from other models of the same workspace."""

import ast
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from porting.errors import CannotRun
from porting.workspace import Workspace


def models_dir(workspace: Workspace) -> Path:
    """The directory that holds one directory for each model."""
    return workspace.root / "src" / "transformers" / "models"


def modular_files(models: Path) -> list[Path]:
    """Every modular file below a directory of models, by path."""
    return sorted(models.glob("*/modular_*.py"))


def installed_transformers() -> tuple[Path, str]:
    """The directory of the installed Transformers and its release, without importing it. Raises CannotRun."""
    spec = find_spec("transformers")
    if spec is None or not spec.origin:
        raise CannotRun("Transformers is not installed; run `make setup`, or name an interpreter with it: PYTHON=...")
    directory = Path(spec.origin).parent
    release = re.search(
        r'^__version__ = "([^"]+)"', (directory / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    if release is None:
        raise CannotRun(f"{directory} names no __version__; install a release of Transformers with `make setup`")
    return directory, release[1]


def sources_of(modular: Path, models: Path) -> list[Path]:
    """The modular file and, from other models of the workspace, the files it takes parts from, directly or not.

    Of a model that has modular files these stand for what is generated from them.
    """
    found = {modular: None}
    waiting = [modular]
    while waiting:
        for source in _taken_from(waiting.pop(), models):
            if source not in found:
                found[source] = None
                if source.name.startswith("modular_"):
                    waiting.append(source)
    return list(found)


def parents_first(modulars: list[Path], models: Path) -> list[Path]:
    """These modular files and the ones they take parts from, each after its parents. Raises CannotRun for a circle."""
    ordered: list[Path] = []

    def add(modular: Path, children: tuple[Path, ...]) -> None:
        if modular in children:
            circle = " -> ".join(child.name for child in (*children[children.index(modular) :], modular))
            raise CannotRun(f"modular files take parts from each other in a circle: {circle}; move the shared parts")
        if modular in ordered:
            return
        for source in _taken_from(modular, models):
            if source.name.startswith("modular_"):
                add(source, (*children, modular))
        ordered.append(modular)

    for modular in modulars:
        add(modular, ())
    return ordered


def _taken_from(modular: Path, models: Path) -> list[Path]:
    """The files of other models of the workspace that a modular file imports from."""
    found = []
    for model, module in imported(modular, modular.read_bytes()):
        directory = models / model
        if directory != modular.parent and directory.is_dir():
            own = sorted(directory.glob("modular_*.py"))
            found += own or [path for path in [directory / f"{module}.py"] if path.is_file()]
    return list(dict.fromkeys(found))


@cache
def imported(modular: Path, content: bytes) -> tuple[tuple[str, str], ...]:
    """Model and module of each import from a model; nothing for a file that does not parse: expanding it says why."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return ()
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            parts = ["transformers", "models", "*"][: 4 - node.level] if node.level else []
            parts += (node.module or "").split(".")
            if parts[:2] == ["transformers", "models"] and len(parts) == 4:
                found.append((parts[2], parts[3]))
            elif parts[:2] == ["transformers", "models"] and len(parts) == 3:
                found += [(parts[2], name.name) for name in node.names]
    return tuple(found)
