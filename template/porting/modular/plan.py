"""What the modular files of a workspace give, held against what stands there. Nothing is written but by `write`."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from porting.errors import CannotRun
from porting.modular.files import read, replace_all, was_generated
from porting.modular.sources import models_dir, sources_of
from porting.modular.stamp import NAME, Entry, Stamp, relative, sha256
from porting.workspace import Workspace


# expand(modular, transformers, workspace_models) -> file name -> text
Expand = Callable[[Path, Path, Path], dict[str, str]]


@dataclass(frozen=True)
class File:
    """A generated file: what stands in the workspace, what the modular file gives (None: nothing), the stamp's hash."""

    path: str
    before: bytes | None
    after: bytes | None
    recorded: str | None

    @property
    def same(self) -> bool:
        return self.before == self.after

    @property
    def missing(self) -> bool:
        return self.before is None and self.after is not None

    @property
    def edited(self) -> bool:
        """Generated once, and then changed by something else than the expander into what it would not write now."""
        if self.before is None or self.same or self.foreign:
            return False
        return sha256(self.before) != self.recorded

    @property
    def foreign(self) -> bool:
        """Stands where a generated file belongs, and was never one."""
        return self.before is not None and self.recorded is None and not was_generated(self.before)


@dataclass(frozen=True)
class Expansion:
    """One modular file with its generated files; `old` is what the stamp says, `new` what it will say."""

    modular: str
    old: Entry | None
    new: Entry
    files: list[File]

    @property
    def modular_changed(self) -> bool:
        return self.old is None or self.old.sources != self.new.sources

    @property
    def release_changed(self) -> bool:
        """Whether another Transformers or another expander than before made it."""
        before = self.old and (self.old.transformers, self.old.expander)
        return bool(before and before[0]) and before != (self.new.transformers, self.new.expander)


@dataclass(frozen=True)
class Made:
    """What makes an expansion: the function, the Transformers it reads, and the names of both for the stamp."""

    expand: Expand
    transformers: Path
    release: str
    expander: str


def expand_all(workspace: Workspace, modulars: list[Path], stamp: Stamp, made: Made) -> list[Expansion]:
    """Expand modular files of the workspace, parents first as they are given, in a copy of its models.

    A child so sees what its parent gives now, whatever stands in the workspace. Raises ModularError and CannotRun.
    """
    models = models_dir(workspace)
    expansions = []
    with tempfile.TemporaryDirectory(prefix="modular-") as folder:
        copies = Path(folder) / "src" / "transformers" / "models"
        copy_models(models, copies)
        for modular in modulars:
            copy = copies / modular.relative_to(models)
            texts = made.expand(copy, made.transformers, copies)
            for name, text in texts.items():
                copy.with_name(name).write_text(text, encoding="utf-8", newline="\n")
            expansion = _compare(workspace, modular, texts, stamp, made)
            for file in expansion.files:
                if file.after is None:
                    copy.with_name(Path(file.path).name).unlink(missing_ok=True)
            expansions.append(expansion)
    given = _given(expansions)
    for expansion in expansions:
        expansion.files[:] = [file for file in expansion.files if file.after is not None or file.path not in given]
    return expansions


def copy_models(models: Path, copies: Path) -> None:
    """Copy the Python files of the models."""
    for path in models.glob("*/*.py"):
        copy = copies / path.relative_to(models)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def hashes(workspace: Workspace, modular: Path) -> dict[str, str]:
    """The hashes of what a modular file's generated files are made from in the workspace."""
    sources = sources_of(modular, models_dir(workspace))
    return {relative(workspace.root, source): sha256(source) for source in sources}


def _compare(workspace: Workspace, modular: Path, texts: dict[str, str], stamp: Stamp, made: Made) -> Expansion:
    name = relative(workspace.root, modular)
    old = stamp.entries.get(name)
    contents = {relative(workspace.root, modular.with_name(file)): text.encode() for file, text in texts.items()}
    files = []
    for path in sorted(contents.keys() | (old.generated.keys() if old else set())):
        stands = workspace.root / path
        owner = stamp.owner(path)
        recorded = stamp.entries[owner].generated[path] if owner else None
        files.append(File(path, read(stands) if stands.is_file() else None, contents.get(path), recorded))
    new = Entry(
        sources=hashes(workspace, modular),
        generated={path: sha256(content) for path, content in contents.items()},
        transformers=made.release,
        expander=made.expander,
        started=old.started if old else None,
    )
    return Expansion(name, old, new, files)


def _given(expansions: list[Expansion]) -> dict[str, str]:
    """The modular file of each file that they give. Raises CannotRun for one given twice, and one not generated."""
    given: dict[str, str] = {}
    for expansion in expansions:
        for file in expansion.files:
            if file.after is None:
                continue
            if file.path in given:
                both = f"{Path(given[file.path]).name} and {Path(expansion.modular).name}"
                raise CannotRun(f"{both} both give {file.path}; move its classes to one of them")
            given[file.path] = expansion.modular
            if file.foreign and not file.same:
                raise CannotRun(
                    f"{file.path} was not generated, and {Path(expansion.modular).name} would replace it; "
                    "move it away, or remove the modular file"
                )
    return given


def write(workspace: Workspace, stamp: Stamp, expansions: list[Expansion]) -> None:
    """Write the expansions and their stamp, all or nothing. Raises CannotRun if the disk does not take them."""
    changes = {}
    taken = {path for expansion in expansions for path in expansion.new.generated}
    for modular, entry in list(stamp.entries.items()):
        gone = not (workspace.root / modular).is_file()
        for path in list(entry.generated):
            if path in taken or (gone and not (workspace.root / path).is_file()):
                del entry.generated[path]
        if gone and not entry.generated:
            del stamp.entries[modular]
    for expansion in expansions:
        stamp.entries[expansion.modular] = expansion.new
        changes |= {workspace.root / file.path: file.after for file in expansion.files if not file.same}
    written = workspace.root / NAME
    if not written.is_file() or written.read_text(encoding="utf-8") != stamp.text():
        changes[written] = stamp.text().encode()
    try:
        replace_all(changes)
        for path in changes:
            for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
                compiled.unlink(missing_ok=True)  # Python would go by time and size
    except OSError as error:
        raise CannotRun(f"the generated files could not be written: {error.strerror}; all are as they were") from None
