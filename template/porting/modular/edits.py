"""An edit in a generated file, as lines to move to the modular file."""

import ast
import difflib
import shutil
import subprocess
from pathlib import Path

from porting.modular.plan import Expansion, File
from porting.modular.sources import imported, installed_transformers, models_dir
from porting.modular.stamp import sha256
from porting.workspace import Workspace


def lines_to_move(workspace: Workspace, expansion: Expansion, file: File) -> list[str]:
    """What to move: for each class or function that was edited its lines, with + and -, and where they stand."""
    base, exact = _as_generated(workspace, expansion, file)
    old, new = base.decode(errors="replace").split("\n"), file.before.decode(errors="replace").split("\n")
    modular = workspace.root / expansion.modular
    classes, there = _definitions("\n".join(new)), _names(modular.read_text(encoding="utf-8"))
    said = [] if exact else ["(held against what the modular file gives now: what it was is not in git)"]
    last = None
    for tag, i, j, k, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        where = _enclosing(classes, k + 1)
        if where != last:
            said.append(f"{Path(file.path).name}:{k + 1} {f'in {where}' if where else 'outside classes'}")
            if where and (name := where.split(".")[0]) not in there:
                said[-1] += f"; {modular.name} needs {_header(workspace, modular, name)}"
            last = where
        said += [f"- {line}" for line in old[i:j]] + [f"+ {line}" for line in new[k:end]]
    return said


def keep_copy(workspace: Workspace, file: File) -> Path:
    """Keep an edited file under `reports/`, by its content, so that no copy replaces another; returns its path."""
    path = Path(file.path)
    copy = workspace.reports / "edited" / f"{path.stem}-{sha256(file.before)[:8]}{path.suffix}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(file.before)
    return copy


def _as_generated(workspace: Workspace, expansion: Expansion, file: File) -> tuple[bytes, bool]:
    """The file as it was before the edit, and whether it surely is that."""
    if file.after is not None and sha256(file.after) == file.recorded:
        return file.after, True
    if shutil.which("git"):
        command = ["git", "show", f"HEAD:./{file.path}"]
        done = subprocess.run(command, cwd=workspace.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        committed = done.stdout.replace(b"\r\n", b"\n")
        if done.returncode == 0 and sha256(committed) == file.recorded:
            return committed, True
    return file.after or b"", False


def _definitions(text: str) -> list[tuple[int, int, str]]:
    """First and last line and dotted name of every class and function; none if the text does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    found = []

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found.append((first, child.end_lineno, prefix + child.name))
                walk(child, f"{prefix}{child.name}.")

    walk(tree, "")
    return found


def _enclosing(definitions: list[tuple[int, int, str]], line: int) -> str:
    """The innermost definition around a line, an empty string outside all."""
    around = [found for found in definitions if found[0] <= line <= found[1]]
    return max(around, default=(0, 0, ""))[2]


def _names(text: str) -> set[str]:
    """The names of the classes and functions at the top of a text."""
    return {name for *_, name in _definitions(text) if "." not in name}


def _header(workspace: Workspace, modular: Path, name: str) -> str:
    """How a modular file takes up a class: from the class of the same suffix of a model it takes others from."""
    suffix = name.removeprefix(workspace.class_prefix)
    if name[:1].isupper() and suffix != name:
        transformers, _ = installed_transformers()
        for model, module in imported(modular, modular.read_bytes()):
            for models in (models_dir(workspace), transformers / "models"):
                source = models / model / f"{module}.py"
                parents = _names(source.read_text(encoding="utf-8")) if source.is_file() else ()
                if found := [parent for parent in sorted(parents, key=len) if parent.endswith(suffix)]:
                    return f"`class {name}({found[0]}):` for it"
    return f"its own {name} for it"
