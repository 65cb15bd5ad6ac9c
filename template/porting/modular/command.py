"""Expand the modular files of the workspace into the standalone files beside them.

A generated file that was edited by hand is never lost: the edit is shown, and FORCE=1 keeps a copy under reports/.
"""

import argparse
from pathlib import Path

from porting.errors import CannotRun, CheckFailed
from porting.modular import edits, show
from porting.modular.clone import CLONE, by_clone
from porting.modular.errors import ModularError
from porting.modular.freshness import made_anew, made_by, no_modular_files, ours, refuse_orphans
from porting.modular.plan import Expansion, File, expand_all, write
from porting.modular.sources import models_dir, modular_files, parents_first
from porting.modular.stamp import NAME, Stamp, read_stamp, relative
from porting.modular.state import look
from porting.reports import write_report
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="expand this model only, and what it takes parts from (MODEL=)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is not up to date")
    parser.add_argument("--force", action="store_true", help="overwrite edits in generated files, keeping a copy")
    parser.add_argument("--converter", type=Path, help="a clone of Transformers whose own converter does it")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    modulars = _wanted(workspace, arguments)
    if not modulars:
        print(no_modular_files(workspace))
        return
    stamp = read_stamp(workspace.root)
    refuse_orphans(workspace, stamp)
    theirs, own = [], None
    try:
        if arguments.check and not arguments.converter:
            modulars, theirs = _without_clones(workspace, stamp, modulars)
        expansions = expand_all(workspace, modulars, stamp, ours())
        if arguments.converter:
            own, expansions = expansions, expand_all(workspace, modulars, stamp, by_clone(arguments.converter))
    except ModularError as error:
        raise CannotRun(str(error)) from None
    lines = show.write_difference(workspace, expansions)
    edited = [(expansion, file) for expansion in expansions for file in expansion.files if file.edited]
    if arguments.check:
        stale = [*theirs, *_stale(stamp, expansions)]
        _report(workspace, expansions, passed=not stale, written=False)
        _show(workspace, expansions, own, lines)
        if stale:
            raise CheckFailed(f"{', '.join(stale)}; run `make modular`, and commit what it writes")
        print(f"{sum(len(expansion.files) for expansion in expansions)} files are what the modular files give")
    elif edited and not arguments.force:
        _report(workspace, expansions, passed=False, written=False)
        _refuse_edits(workspace, edited)
    else:
        copies = [relative(workspace.root, edits.keep_copy(workspace, file)) for _, file in edited]
        write(workspace, stamp, expansions)  # before anything is printed: who reads may stop reading
        _report(workspace, expansions, passed=True, written=True)
        if own or any(expansion.release_changed or not expansion.modular_changed for expansion in expansions):
            _show(workspace, expansions, own, lines)
        for (_, file), copy in zip(edited, copies, strict=True):
            print(f"{Path(file.path).name}: the edit is overwritten; {copy} keeps it")
        _say_written(expansions)


def _wanted(workspace: Workspace, arguments: argparse.Namespace) -> list[Path]:
    """The modular files to expand, parents first; none where the workspace rightly has none. Raises CannotRun."""
    models = models_dir(workspace)
    found = modular_files(models)
    if not found:
        refuse_orphans(workspace, read_stamp(workspace.root))
        said = no_modular_files(workspace)
        if arguments.check and not said.startswith("nothing was"):
            return []
        raise CannotRun(said)
    if arguments.model:
        chosen = [modular for modular in found if arguments.model in (modular.parent.name, modular.stem[8:])]
        if not chosen:
            names = ", ".join(dict.fromkeys(modular.parent.name for modular in found))
            raise CannotRun(f"MODEL={arguments.model} has no modular file here; there are {names}")
        found = chosen
    return parents_first(found, models)


def _without_clones(workspace: Workspace, stamp: Stamp, modulars: list[Path]) -> tuple[list[Path], list[str]]:
    """Without the modular files whose files a clone's converter made, and what is wrong with those by their hashes."""
    ours_only, wrong = [], []
    states = {state.modular: state for state in look(workspace, stamp)}
    for modular in modulars:
        state = states[modular]
        if state.entry is None or not state.entry.expander.startswith(CLONE):
            ours_only.append(modular)
            continue
        print(f"{modular.name}: a clone's converter made its files; their hashes are checked, CONVERTER= checks more")
        if not state.as_stamped:
            wrong.append(f"{modular.name} and its files are not what {NAME} says")
    return ours_only, wrong


def _stale(stamp: Stamp, expansions: list[Expansion]) -> list[str]:
    """What is not what the modular files give; the stamp's hashes are among it, its releases are not."""
    wrong = []
    for expansion in expansions:
        name, old, new = Path(expansion.modular).name, expansion.old, expansion.new
        files = [Path(file.path).name for file in expansion.files if not file.same]
        if files:
            made = f" with Transformers {new.transformers}" if expansion.release_changed else ""
            wrong.append(f"{' and '.join(files)} {'are' if files[1:] else 'is'} not what {name} gives{made}")
        elif old is None or (old.sources, old.generated) != (new.sources, new.generated):
            wrong.append(f"{NAME} is not up to date for {name}")
    return wrong


def _show(workspace: Workspace, expansions: list[Expansion], own: list[Expansion] | None, lines: list[str]) -> None:
    """Print what changes, `lines`, if a file changes that is there; with a clone's converter where ours differs."""
    for expansion in expansions:
        if expansion.release_changed:
            print(f"{Path(expansion.modular).name}: {made_by(expansion)}")
    if own is not None:
        _compare_converters(workspace, own, expansions)
    elif any(file.before is not None for file in show.changed(expansions)):
        show.print_lines(lines, f"reports/{show.DIFFERENCE}")


def _compare_converters(workspace: Workspace, own: list[Expansion], theirs: list[Expansion]) -> None:
    """Show where our expander and a clone's converter differ."""
    mine = {file.path: file.after for expansion in own for file in expansion.files}
    clones = {file.path: file.after for expansion in theirs for file in expansion.files}
    lines = []
    for path in sorted(mine.keys() | clones.keys()):
        lines += show.difference(path, mine.get(path), clones.get(path), ("our expander", "the clone's converter"))
    show.write_lines(workspace.reports / "converter.diff", lines)
    if lines:
        added, removed = show.counts(lines)
        print(f"The clone's converter gives {added} lines that ours does not, and lacks {removed}:")
        show.print_lines(lines, "reports/converter.diff")
    else:
        print("The clone's converter and our expander give the same bytes")


def _refuse_edits(workspace: Workspace, edited: list[tuple[Expansion, File]]) -> None:
    """Show the edits as lines to move, and raise CheckFailed."""
    lines = [line for expansion, file in edited for line in edits.lines_to_move(workspace, expansion, file)]
    show.write_lines(workspace.reports / "edited.txt", lines)
    show.print_lines(lines, "reports/edited.txt")
    names = " and ".join(Path(file.path).name for _, file in edited)
    modular = Path(edited[0][0].modular).name
    was = "were" if edited[1:] else "was"
    how = "edited by hand" if all(file.recorded for _, file in edited) else "edited, or made by another converter"
    raise CheckFailed(
        f"{names} {was} {how}: move the lines above to {modular}, then `make modular`; nothing is written "
        "(FORCE=1 overwrites the edit and keeps a copy)"
    )


def _say_written(expansions: list[Expansion]) -> None:
    for expansion in expansions:
        for file in expansion.files:
            print(f"{Path(file.path).name:40} {_what_became(expansion, file)}")


def _what_became(expansion: Expansion, file: File) -> str:
    if file.same:
        return "as it was"
    if file.after is None:
        return f"removed: {Path(expansion.modular).name} gives it no longer"
    if file.missing and file.recorded:
        return made_anew(file)
    added, removed = show.counts(show.difference(file.path, file.before, file.after))
    return f"written: {added} lines" if file.before is None else f"written: {added} lines added, {removed} removed"


def _report(workspace: Workspace, expansions: list[Expansion], passed: bool, written: bool) -> None:
    """Write reports/modular.json."""
    models = []
    for expansion in expansions:
        files = []
        for file in expansion.files:
            added, removed = show.counts(show.difference(file.path, file.before, file.after))
            state = "same" if file.same else "edited" if file.edited else "removed" if file.after is None else "new"
            files.append({"path": file.path, "state": state, "added": added, "removed": removed})
        made = {"transformers": expansion.new.transformers, "expander": expansion.new.expander}
        models.append({"modular": expansion.modular, **made, "files": files})
    write_report(workspace.reports, "modular", {"passed": passed, "written": written, "modular_files": models})
