"""The table of owned files in copier.yml, for tests: whether a path of a workspace belongs to the porter."""

from pathlib import Path

from macros import COPIER_YML
from pathspec import PathSpec


# The entry of `_exclude` that stands for an update: patterns as in .gitignore, between an `if` and its end.
(_TABLE,) = [entry for entry in COPIER_YML["_exclude"] if "_copier_operation == 'update'" in entry]
OWNED = tuple(line.strip() for line in _TABLE.splitlines() if line.startswith("/"))


def is_owned(path: str, model_type: str) -> bool:
    """Whether the file at `path`, relative to the workspace, is owned; else it is managed."""
    patterns = (pattern.replace("{{ model_type }}", model_type) for pattern in OWNED)
    return PathSpec.from_lines("gitignore", patterns).match_file(path)


def files(workspace: Path) -> list[str]:
    """All files of a workspace but those of git, relative and with forward slashes."""
    found = (path.relative_to(workspace) for path in workspace.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.as_posix() for path in found if path.parts[0] != ".git" and "__pycache__" not in path.parts)
