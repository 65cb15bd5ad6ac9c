"""Whether the generated files are what the stamp says, by hashes alone: cheap enough for the start of every target."""

from dataclasses import dataclass
from pathlib import Path

from porting.modular.plan import hashes
from porting.modular.sources import models_dir, modular_files
from porting.modular.stamp import Entry, Stamp, relative, sha256
from porting.workspace import Workspace


@dataclass(frozen=True)
class State:
    """One modular file against the stamp. `edited` and `missing` are paths of generated files."""

    modular: Path
    changed: bool
    edited: list[str]
    missing: list[str]
    entry: Entry | None

    @property
    def as_stamped(self) -> bool:
        return not (self.changed or self.edited or self.missing)


def look(workspace: Workspace, stamp: Stamp) -> list[State]:
    """The state of each modular file of the workspace."""
    return [_look(workspace, stamp, modular) for modular in modular_files(models_dir(workspace))]


def orphans(workspace: Workspace, stamp: Stamp) -> dict[str, list[str]]:
    """The modular files that are gone, with the files that were generated from them and still stand."""
    found = {}
    for modular, entry in stamp.entries.items():
        standing = [path for path in entry.generated if (workspace.root / path).is_file()]
        if standing and not (workspace.root / modular).is_file():
            found[modular] = standing
    return found


def _look(workspace: Workspace, stamp: Stamp, modular: Path) -> State:
    entry = stamp.entries.get(relative(workspace.root, modular))
    generated = entry.generated if entry else {}
    missing = [path for path in generated if not (workspace.root / path).is_file()]
    edited = [
        path for path, hashed in generated.items() if path not in missing and sha256(workspace.root / path) != hashed
    ]
    changed = entry is None or entry.sources != hashes(workspace, modular)
    return State(modular, changed, edited, missing, entry)
