"""What every target that uses the port asks first: are the generated files what the modular files give?"""

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from porting.errors import CannotRun
from porting.modular.clone import CLONE
from porting.modular.errors import ModularError
from porting.modular.files import was_generated
from porting.modular.plan import Expansion, File, Made, expand_all, write
from porting.modular.show import write_difference
from porting.modular.sources import installed_transformers, models_dir, modular_files, parents_first
from porting.modular.stamp import NAME, Stamp, read_stamp, relative, sha256
from porting.modular.state import State, look, orphans
from porting.workspace import Workspace


def ours() -> Made:
    """Our expander on the installed Transformers."""
    from porting.modular import EXPANDER
    from porting.modular.expansion import expand

    directory, release = installed_transformers()
    return Made(expand, directory, release, EXPANDER)


def ensure_expanded(workspace: Workspace) -> None:
    """Bring the generated files up to the modular files, and say on stderr what a reader of the results must know.

    Costs a few hashes when nothing changed. A release that changed changes nothing here: `make modular` shows what it
    would. Raises CannotRun if nothing was started, if a modular file cannot be expanded, and if an edit would be lost.
    """
    stamp = read_stamp(workspace.root)
    states = [state for state in look(workspace, stamp) if not _stands_beside_full_files(workspace, state)]
    _refuse_without_modular(workspace, stamp)
    stale = [state for state in states if not state.as_stamped]
    if stale:
        try:
            _bring_up(workspace, stamp, {state.modular: state for state in stale})
        except ModularError as error:
            raise CannotRun(str(error)) from None
    for line in _releases(states if not stale else [state for state in states if state.as_stamped]):
        _say(line)


def state_lines(workspace: Workspace) -> list[str]:
    """Where the generated files are not what the stamp and the installed release give, for people; changes nothing."""
    stamp = read_stamp(workspace.root)
    try:
        _refuse_without_modular(workspace, stamp)
    except CannotRun as error:
        return [str(error)]
    states = [state for state in look(workspace, stamp) if not _stands_beside_full_files(workspace, state)]
    lines = []
    for state in states:
        name = state.modular.name
        if state.changed:
            lines.append(f"{name} changed since its files were generated; the next target that needs them expands it")
        if state.edited:
            lines.append(_edited_by_hand(state.edited))
        lines += [f"{path} is gone; the next target that needs it makes it anew" for path in state.missing]
    return lines + (_releases(states) if find_spec("transformers") else [])


def no_modular_files(workspace: Workspace) -> str:
    """Why a workspace has none, and the next step. For a workspace without modular files."""
    kinds = ("configuration", "modeling")
    full = [path.name for kind in kinds for path in sorted(workspace.model_dir.glob(f"{kind}_*.py"))]
    if workspace.answers.get("base_model", "none") == "none":
        return "this workspace has full files of its own (base_model: none); nothing is generated in it"
    if full:
        return f"{' and '.join(full)} stand here as full files, and no modular file; nothing is generated"
    return "nothing was started yet; run `make setup start`"


def _refuse_without_modular(workspace: Workspace, stamp: Stamp) -> None:
    refuse_orphans(workspace, stamp)
    if not modular_files(models_dir(workspace)) and (said := no_modular_files(workspace)).startswith("nothing was"):
        raise CannotRun(said)


def refuse_orphans(workspace: Workspace, stamp: Stamp) -> None:
    """Raise CannotRun if a modular file is gone and what was generated from it is not."""
    for modular, standing in orphans(workspace, stamp).items():
        names = ", ".join(Path(path).name for path in standing)
        raise CannotRun(
            f"{modular} is gone, and {names} generated from it still there; restore it with "
            f"`git checkout HEAD -- {modular}`, or remove these too"
        )


def _stands_beside_full_files(workspace: Workspace, state: State) -> bool:
    """Whether a porter's modular file was never expanded, and full files of the model stand where it would write."""
    if state.entry is not None and state.entry.generated:
        return False
    stem = state.modular.stem.removeprefix("modular_")
    full = [state.modular.with_name(f"{kind}_{stem}.py") for kind in ("configuration", "modeling")]
    return any(path.is_file() and not was_generated(path.read_bytes()) for path in full)


def _bring_up(workspace: Workspace, stamp: Stamp, stale: dict[Path, State]) -> None:
    models = models_dir(workspace)
    modulars = [modular for modular in parents_first(list(stale), models) if modular in stale]
    for state in stale.values():
        if (state.changed or state.missing) and state.entry and state.entry.expander.startswith(CLONE):
            raise CannotRun(
                f"{state.modular.name} is not what its files were made from, by a clone's converter; "
                "run `make modular CONVERTER=...`, or `make modular` for our own expander"
            )
    expansions = expand_all(workspace, modulars, stamp, ours())
    by_name = {relative(workspace.root, modular): state for modular, state in stale.items()}
    to_write, lines = [], []
    for expansion in expansions:
        said, wanted = _decide(expansion, by_name[expansion.modular])
        lines += said
        to_write += wanted
    if to_write:
        write_difference(workspace, to_write)
        write(workspace, stamp, to_write)
    for line in lines:
        _say(line)


def _decide(expansion: Expansion, state: State) -> tuple[list[str], list[Expansion]]:
    """The lines to say of one stale modular file, and what to write of it. Raises CannotRun."""
    name = state.modular.name
    edited = [file.path for file in expansion.files if file.edited]
    missing = [file for file in expansion.files if file.missing and file.recorded]
    if edited and not (expansion.old and expansion.old.generated):
        files = " and ".join(Path(path).name for path in edited)
        raise CannotRun(
            f"{NAME} does not know {files}, nor does {name} give them so; `make modular` shows the difference"
        )
    if edited and state.changed:
        raise CannotRun(f"{name} changed, but {_edited_by_hand(edited)}")
    if missing and expansion.release_changed and not state.changed:
        raise CannotRun(
            f"{missing[0].path} is gone, and {made_by(expansion)}; "
            f"`git checkout HEAD -- {missing[0].path}` restores it, `make modular` shows what changes"
        )
    if edited:
        lines = [_edited_by_hand(edited), *_made_anew(missing)]
        return lines, [replace(expansion, files=missing)] if missing else []
    if expansion.new == expansion.old and not any(not file.same for file in expansion.files):
        return [], []
    lines = []
    if state.changed:
        count = sum(not file.same for file in expansion.files)
        lines.append(f"{name} changed: {count} of {len(expansion.files)} files generated anew")
        if expansion.release_changed:
            lines[-1] += f"; {made_by(expansion)}: all that changed is in reports/modular.diff"
    elif missing:
        lines += _made_anew(missing)
    else:
        lines.append(f"{name}: an interrupted `make modular` is completed")
    return lines, [expansion]


def made_anew(file: File) -> str:
    """What became of a generated file that was gone."""
    same = "the same bytes as before" if sha256(file.after) == file.recorded else "other bytes than before"
    return f"was gone: made anew, {same}"


def _edited_by_hand(paths: list[str]) -> str:
    names = " and ".join(Path(path).name for path in paths)
    return f"{names} {'were' if paths[1:] else 'was'} edited by hand; `make modular` shows what to move"


def _made_anew(missing: list[File]) -> list[str]:
    return [f"{file.path} {made_anew(file)}" for file in missing]


def made_by(expansion: Expansion) -> str:
    """With what it was generated, and what is there now. For an expansion whose release changed."""
    old, new = expansion.old, expansion.new
    if old.transformers != new.transformers:
        return f"it was generated with Transformers {old.transformers}, {new.transformers} is installed"
    return f"it was generated by {_named(old.expander)}, {_named(new.expander)} is here"


def _named(expander: str) -> str:
    if expander.startswith(CLONE):
        return f"a clone's converter ({expander.removeprefix(CLONE)})"
    return f"expander {expander}"


def _releases(states: list[State]) -> list[str]:
    """One line for each release or expander that made files of the workspace and is not the one of now."""
    from porting.modular import EXPANDER

    entries = [state.entry for state in states if state.entry and state.entry.generated]
    made = {(entry.transformers, entry.expander) for entry in entries}
    if not made:
        return []
    release = installed_transformers()[1]
    lines = []
    for transformers, expander in sorted(made):
        if transformers != release:
            was, now = f"with Transformers {transformers}", f"{release} is installed"
        elif expander != EXPANDER:
            was, now = f"by {_named(expander)}", f"{_named(EXPANDER)} is here"
        else:
            continue
        lines.append(f"The port runs as it was generated {was}; {now}: `make modular` shows what that changes")
    return lines


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
