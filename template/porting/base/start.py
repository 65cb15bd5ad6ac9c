"""Write the port's first files from `base_model`: the modular file, and what is generated from it."""

import argparse
import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from porting.base import table
from porting.base.companions import companions
from porting.base.modular_file import Names, init_text, modular_text, names_of, own_names
from porting.base.order import astray, not_there, out_of_order
from porting.base.parent import Parent, describe, type_of
from porting.base.writing import Replaced, Started, modular_path, tests_path, text_of, write
from porting.errors import CannotRun
from porting.modular.errors import ModularError
from porting.modular.expansion import expand
from porting.modular.files import read, replace_all, was_generated
from porting.modular.sources import installed_transformers
from porting.modular.stamp import Entry, read_stamp, relative, sha256
from porting.mount.naming import renamed
from porting.standin import files as standin
from porting.test_files.write import test_file
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", metavar="FILE", help="write this one file, if it is not there")
    parser.add_argument("--over", action="store_true", help="start over, from --base if it is given")
    parser.add_argument("--base", metavar="MODEL", help="with --over: the model_type to start from")


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    if arguments.base and not arguments.over:
        raise CannotRun(
            "BASE= starts over from another model; say so with OVER=1, or change base_model by `make update`"
        )
    if arguments.only and arguments.over:
        raise CannotRun("ONLY= writes one file and OVER=1 all of them; give one of the two")
    if arguments.over:
        start_over(workspace, arguments.base)
    elif arguments.only:
        write_one(workspace, arguments.only)
    else:
        start(workspace)


def start(workspace: Workspace) -> bool:
    """Write the whole set if nothing was started yet; return whether something was written. Raises CannotRun."""
    base = chosen_base(workspace)
    modular = modular_path(workspace)
    if modular.is_file():
        print(f"{modular.name} is there: nothing is left to start")
        return False
    if read_stamp(workspace.root).entries.get(relative(workspace.root, modular), Entry()).started:
        raise CannotRun(
            f"{modular.name} was started and is gone; restore it with git, or write it anew: "
            f"make start ONLY={modular.name}"
        )
    refuse_files_of_ones_own(workspace)
    write(workspace, prepare(workspace, base))
    return True


def write_one(workspace: Workspace, name: str) -> None:
    """Write one of the files that start writes, if it is not there; with the modular file what is generated from it.

    Raises CannotRun.
    """
    base = chosen_base(workspace)
    modular, tests = modular_path(workspace), tests_path(workspace)
    beside = {Path(place).name: workspace.root / place for place in (standin.STANDIN, standin.RULES)}
    known = {modular.name: modular, "__init__.py": workspace.model_dir / "__init__.py", tests.name: tests, **beside}
    path = known.get(Path(name).name)
    if path is None:
        raise CannotRun(
            f"{Path(name).name} is not one that start writes; ONLY= one of {', '.join(known)} "
            "(`make modular` writes what is generated)"
        )
    if path.is_file():
        raise CannotRun(
            f"{path.name} is there, and start replaces nothing; remove it first, or start over with OVER=1"
        )
    if path == modular:
        refuse_files_of_ones_own(workspace)
        write(workspace, prepare(workspace, base, alone=True), init=False)
        return
    names = names_of(workspace.answers)
    if path == tests:
        text = test_file(parent_of(base, *installed_transformers()), names, workspace.architecture)
        if text is None:
            raise CannotRun(
                f"start writes no tests for {base}; write {tests.name} as the parent's are in Transformers"
            )
    elif path in beside.values():
        made = standin.files_for(parent_of(base, *installed_transformers()), names, workspace.architecture)
        text = made.texts.get(relative(workspace.root, path))
        if text is None:
            raise CannotRun(f"no {path.name} can be written: {made.without}")
    else:
        files = [found.stem for found in workspace.model_dir.glob("*.py") if not found.name.startswith("modular_")]
        text = init_text(names.model_type, files, names.year)
    replace_all({path: text.encode()})
    print(f"{path.name} is written")


def start_over(workspace: Workspace, base: str | None) -> None:
    """Start from another model in place of what start wrote. Raises CannotRun once a person has changed that."""
    base = base or chosen_base(workspace)
    modular = modular_path(workspace)
    stamp = read_stamp(workspace.root)
    entry = stamp.entries.get(relative(workspace.root, modular), Entry())
    if modular.is_file() and entry.started != sha256(modular):
        raise CannotRun(
            f"{modular.name} is no longer what start wrote; move your work away, remove the file, and start"
        )
    for path, written in entry.generated.items():
        file = workspace.root / path
        if file.is_file() and sha256(file) != written:
            raise CannotRun(
                f"{path} was edited; move the edit away and run `make modular FORCE=1` before you start over"
            )
    refuse_files_of_ones_own(workspace)
    started = prepare(workspace, base)
    replaced = _replaced(workspace, modular)
    kind = table.find(base).kind if table.find(base) else workspace.architecture
    answers = {"base_model": base, "base_architecture": kind}
    write(workspace, started, stale=list(entry.generated), answers=answers, replaced=replaced)
    if kind != workspace.architecture:
        print(
            f"It is another kind of model ({kind}, was {workspace.architecture}): the adapter is still that of the old"
        )
    elif base != "bert" and "token_type_ids" in text_of(workspace.root / "original" / "adapter.py"):
        print(f"original/adapter.py gives token_type_ids, as BERT takes them; take them out if {base} takes none")


def _replaced(workspace: Workspace, modular: Path) -> Replaced | None:
    """What the start before this one wrote; None if nothing is left of it."""
    if not modular.is_file():
        return None
    try:
        transformers, release = installed_transformers()
        parent = parent_of(chosen_base(workspace), transformers, release)
        names = names_of(workspace.answers)
        beside = standin.files_for(parent, names, workspace.architecture).texts
        tests = test_file(parent, names, workspace.architecture)
    except CannotRun:
        tests, beside = None, {}
    return Replaced(text_of(modular), tests, beside)


def chosen_base(workspace: Workspace) -> str:
    """The answer `base_model`. Raises CannotRun for `none`."""
    base = workspace.answers.get("base_model") or "none"
    if base == "none":
        raise CannotRun("base_model is none: this workspace has full files of its own, and nothing is to be started")
    return str(base)


def refuse_files_of_ones_own(workspace: Workspace) -> None:
    """Raises CannotRun where a modeling or configuration file stands that was not generated."""
    for kind in ("configuration", "modeling"):
        path = workspace.model_dir / f"{kind}_{workspace.model_type}.py"
        if path.is_file() and not was_generated(read(path)):
            raise CannotRun(
                f"{relative(workspace.root, path)} was not generated, and start would replace it; move it away, or "
                "answer base_model with none"
            )


def parent_of(base: str, transformers: Path, release: str) -> Parent:
    """The model to start from, as the installed release has it. Raises CannotRun, in one line, for one it has not."""
    known = table.find(base)
    if known is not None and known.wrapper:
        raise CannotRun(f"base_model {base} holds two models of any kind; start from the one that is nearest to yours")
    try:
        return describe(base, transformers)
    except KeyError:
        pass
    if known is not None:
        until = f" to {known.last}" if known.last else ""
        raise CannotRun(
            f"base_model {base}: Transformers {release} has no such model, {known.since}{until} has it; install that, "
            "or start from another one with `make start OVER=1 BASE=...`"
        )
    near = ", ".join(table.closest(base)) or ", ".join(sorted(set(table.DEFAULTS.values())))
    shown = json.dumps(base[:60], ensure_ascii=False)
    raise CannotRun(
        f"base_model {shown}: Transformers {release} has no such model; it has {near}: make start OVER=1 BASE=..."
    )


def prepare(workspace: Workspace, base: str, alone: bool = False) -> Started:
    """Make all files in a scratch directory, or those of the model `alone`. Raises CannotRun; nothing of the workspace
    is touched."""
    names = names_of(workspace.answers)
    transformers, release = installed_transformers()
    started = make(parent_of(base, transformers, release), names, transformers)
    written = (*started.generated, *started.companions)
    started = replace(started, init=init_text(names.model_type, _files(workspace, written), names.year))
    if alone:
        return started
    beside = standin.files_for(started.parent, names, workspace.architecture)
    if beside.without:
        print(
            f"no {Path(standin.STANDIN).name} is written: {started.parent.model_type} does not run: {beside.without}"
        )
    return replace(started, tests=_tests(workspace, started.parent, names), standin=beside.texts)


def _tests(workspace: Workspace, parent: Parent, names: Names) -> str | None:
    """The test file's text; a model for which none can be written is started all the same."""
    try:
        return test_file(parent, names, workspace.architecture)
    except CannotRun as error:
        print(f"no {tests_path(workspace).name} is written: {error}")
        return None


def _files(workspace: Workspace, generated: Iterable[str]) -> list[str]:
    """The stems of the port's files, of those to come and of those that came with the template, a tokenizer's."""
    there = {path.name for path in workspace.model_dir.glob(f"*_{workspace.model_type}.py")}
    return sorted(Path(name).stem for name in {*there, *generated} if not name.startswith("modular_"))


def make(parent: Parent, names: Names, transformers: Path) -> Started:
    """The files of a port that is `parent` under another name. Raises CannotRun if they cannot be generated."""
    text = modular_text(parent, names)
    generated = _expanded(parent, names, text, transformers)
    for mended in (_named_early, _with_asked_configs):
        changed = mended(parent, names, generated)
        if changed != parent:
            parent = changed
            text = modular_text(parent, names)
            generated = _expanded(parent, names, text, transformers)
    beside = companions(parent, names, generated, transformers / "models")
    init = init_text(names.model_type, [Path(name).stem for name in (*generated, *beside)], names.year)
    return Started(parent, text, init, generated, beside)


def _named_early(parent: Parent, names: Names, generated: dict[str, str]) -> Parent:
    """The parent with the classes that the modular file has to name, or they stand where they cannot."""
    misplaced = {name for code in generated.values() for name in out_of_order(code)} | astray(generated)
    own = own_names(parent, names, (*parent.sources.classes,))
    return replace(parent, early=[name for name in own if own[name] in misplaced and name in parent.sources.mentions])


def _with_asked_configs(parent: Parent, names: Names, generated: dict[str, str]) -> Parent:
    """The parent with the configurations that generated files ask the port's for by a name that it does not have."""
    configs = [name for name, found in parent.sources.classes.items() if found.file.startswith("configuration_")]
    named = {}
    for prefix in (names.prefix + parent.cased, names.prefix):
        named |= {renamed(name, parent.module, parent.cased, names.model_type, prefix): name for name in configs}
    asked = {name: named[name] for name in not_there(generated) if name in named}
    asked = dict(sorted(asked.items(), key=lambda item: configs.index(item[1])))
    needed = {
        config: type_of(config, parent.sources, parent.auto)
        for name, config in asked.items()
        if name != config and config not in parent.configs
    }
    return replace(parent, asked=asked, needed_configs=needed | parent.needed_configs)


def _expanded(parent: Parent, names: Names, text: str, transformers: Path) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        models = Path(folder, "src", "transformers", "models")
        modular = models / names.model_type / f"modular_{names.model_type}.py"
        modular.parent.mkdir(parents=True)
        modular.write_text(text, encoding="utf-8", newline="\n")
        try:
            return expand(modular, transformers, models)
        except ModularError as error:
            raise CannotRun(
                f"{parent.model_type} cannot be expanded ({error}); start from another model: BASE=..."
            ) from None
