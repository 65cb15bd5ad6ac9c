"""An edit in a generated file, as lines to move to the modular file."""

import ast
import difflib
import subprocess
from pathlib import Path

from porting.modular.plan import Expansion, File
from porting.modular.stamp import sha256
from porting.workspace import Workspace


def lines_to_move(workspace: Workspace, expansion: Expansion, file: File) -> list[str]:
    """What to move: for each class or function that was edited its lines, with + and -, and where they stand."""
    base, exact = _as_generated(workspace, expansion, file)
    old, new = base.decode(errors="replace").split("\n"), file.before.decode(errors="replace").split("\n")
    modular = workspace.root / expansion.modular
    classes, there = _definitions("\n".join(new)), _names(modular)
    said = [] if exact else ["(held against what the modular file gives now: what it was is not in git)"]
    last = None
    for tag, i, j, k, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        where = _enclosing(classes, k + 1)
        if where != last:
            name = where.split(".")[0]
            add = "" if name in there or not where else f", {name} is not in {modular.name} yet: add it"
            said.append(f"{Path(file.path).name}:{k + 1} {f'in {where}' if where else 'outside classes'}{add}")
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
    shown = (
        subprocess.run(
            ["git", "show", f"HEAD:./{file.path}"],
            cwd=workspace.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if _has_git()
        else None
    )
    if shown and shown.returncode == 0 and sha256(shown.stdout.replace(b"\r\n", b"\n")) == file.recorded:
        return shown.stdout.replace(b"\r\n", b"\n"), True
    return file.after or b"", False


def _has_git() -> bool:
    import shutil

    return shutil.which("git") is not None


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


def _names(modular: Path) -> set[str]:
    """The names that a modular file defines at its top."""
    return {name for *_, name in _definitions(modular.read_text(encoding="utf-8")) if "." not in name}
