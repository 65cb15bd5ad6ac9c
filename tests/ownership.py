"""The table of files in copier.yml, for tests: whether a path of a workspace is owned, generated or managed."""

from pathlib import Path

from macros import COPIER_YML
from pathspec import PathSpec


# The entry of `_exclude` that stands for an update: patterns as in .gitignore, between an `if` and its end.
(_TABLE,) = [entry for entry in COPIER_YML["_exclude"] if "_copier_operation == 'update'" in entry]
_, _, _LISTED = _TABLE.partition("# owned\n")
OWNED, GENERATED = (
    tuple(line.strip() for line in part.splitlines() if line.startswith("/"))
    for part in _LISTED.split("# generated\n")
)


def is_owned(path: str, model_type: str) -> bool:
    """Whether the file at `path`, relative to the workspace, is owned, in a port that has full files."""
    return _matches(path, OWNED, model_type)


def is_generated(path: str, model_type: str) -> bool:
    """Whether the file is generated, in a port that was started from a model; else it is owned or managed there."""
    return _matches(path, GENERATED, model_type)


def _matches(path: str, patterns: tuple[str, ...], model_type: str) -> bool:
    filled = (pattern.replace("{{ model_type }}", model_type) for pattern in patterns)
    return PathSpec.from_lines("gitignore", filled).match_file(path)


def files(workspace: Path) -> list[str]:
    """All files of a workspace but those of git, relative and with forward slashes."""
    found = (path.relative_to(workspace) for path in workspace.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.as_posix() for path in found if path.parts[0] != ".git" and "__pycache__" not in path.parts)
