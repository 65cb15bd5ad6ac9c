"""Make every class of the port from its default and a tiny configuration, run it, save it, load it."""

import argparse
import importlib
import os
import time
import traceback
from pathlib import Path

from porting import mount
from porting.base.modular_file import Names, own_names
from porting.base.parent import Parent, describe
from porting.changed_rules import swallowed_findings
from porting.errors import CannotRun, CheckFailed
from porting.modular.origin import describe_line
from porting.mount.conversion_entries import has_rules
from porting.mount.registration import public_names
from porting.releases import say_untested
from porting.reports import write_report
from porting.tiny.check_class import NotTheSame, check_class, config_for, made, size
from porting.tiny.config import default_config, tiny_config
from porting.workspace import Workspace, here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace) -> None:
    workspace = here()
    say_untested()
    # Before anything is imported: a port that swallows what `generate` passes runs, and generates wrong text.
    if found := swallowed_findings(workspace.root):
        first = found[0]
        raise CheckFailed(f"{first.path}:{first.line}: {first.what}")
    mount.install(workspace.root)
    from transformers.utils import logging

    logging.disable_progress_bar()
    import_port(workspace)
    results = [check(workspace, name) for name in class_names(workspace)]
    failed = [result["class"] for result in results if result["error"]]
    write_report(workspace.reports, "smoke", {"passed": not failed, "classes": results})
    if not results:
        raise CheckFailed(f"modeling_{workspace.model_type}.py exports no model in __all__; add the classes there")
    if failed:
        raise CheckFailed(f"{len(failed)} of {len(results)} classes failed: {', '.join(failed)}")
    untried = [result["class"] for result in results if not result["tried"]]
    if len(untried) == len(results):
        raise CannotRun(
            "no class could be tried: their parents do not run with a tiny configuration and inputs made up here "
            "either; see the lines above, and try the model with a configuration and inputs of its own"
        )
    print(f"{len(results) - len(untried)} classes made, run, saved and loaded", end="")
    print(f"; {len(untried)} not tried: {', '.join(untried)}" if untried else "")


def class_names(workspace: Workspace) -> list[str]:
    """The models in the `__all__` of every modeling file of the port."""
    import transformers

    names = [name for source in sorted(workspace.model_dir.glob("modeling_*.py")) for name in public_names(source)]
    # What Transformers cannot give is not left out: making it says why.
    return [
        name
        for name in dict.fromkeys(names)
        if not hasattr(transformers, name) or _is_model(getattr(transformers, name))
    ]


def _is_model(value: object) -> bool:
    """Whether something public is a class to be made and run: no output, function or constant, and no abstract base,
    which is one that makes and runs nothing of its own. A class for which a package is missing counts as a model, unless
    its name says that it is such a base."""
    from torch import nn

    from transformers import PreTrainedModel

    if not isinstance(value, type):
        return False
    if getattr(value, "is_dummy", False):
        return not value.__name__.endswith("PreTrainedModel")
    if not issubclass(value, nn.Module):
        return False
    return value.forward is not nn.Module.forward or value.__init__ is not PreTrainedModel.__init__


def import_port(workspace: Workspace) -> None:
    """Import the port's modules one by one: the lazy `transformers` package would hide why one of them fails."""
    package = f"transformers.models.{workspace.model_type}"
    for source in sorted(workspace.model_dir.glob("*_*.py")):
        if source.name != "__init__.py" and not source.name.startswith("modular_"):
            try:
                importlib.import_module(f"{package}.{source.stem}")
            except Exception as error:  # whatever the porter's code raises is the finding
                line = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{os.path.basename(line.filename)}:{line.lineno}"
                raise CheckFailed(
                    f"{source.name} cannot be imported: {type(error).__name__}: {error} ({where})"
                ) from None


def check(workspace: Workspace, name: str) -> dict:
    """Make, run, save and load one class; print a line about it, and return its row of the report.

    Where the class of the parent fails as well, the port is not at fault: then the row has a note, and no error.
    """
    started = time.perf_counter()
    result = {"class": name, "default_parameters": None, "tried": True, "error": None, "note": None}
    try:
        _default_or_note(workspace, name, result)
        _run_save_load(workspace, name)
    except Exception as error:  # whatever the porter's code raises is the finding
        said = f"{type(error).__name__}: {error}{_place(workspace, error)}{_about_rules(workspace, error)}"
        parent = _parent_class(workspace, name)
        if parent is not None and _fails(parent, workspace):
            result |= {"tried": False, "note": f"NOT TRIED: {parent.__name__} does not run like this either: {said}"}
        else:
            result["error"] = said
    result["seconds"] = round(time.perf_counter() - started, 2)
    size = f"{result['default_parameters'] / 1e6:.0f} M" if result["default_parameters"] else "-"
    print(f"{name:56} {size:>8}  {result['error'] or result['note'] or 'ok'}", flush=True)
    return result


def _about_rules(workspace: Workspace, error: Exception) -> str:
    """What else may be at fault, where a model comes back as another one: rules that are for other weights."""
    if isinstance(error, NotTheSame) and has_rules(workspace.root / "conversion" / "rules.py"):
        return "; RULES in conversion/rules.py work on loading: if they are for the stand-in still, write `RULES = []`"
    return ""


def _place(workspace: Workspace, error: Exception) -> str:
    """The last line of the port that an error passed through, with a space in front; empty without one."""
    for line in reversed(traceback.extract_tb((error.__cause__ or error).__traceback__)):
        if Path(line.filename).parent == workspace.model_dir:
            return f" ({describe_line(workspace, Path(line.filename), line.lineno)})"
    return ""


def _base_model(workspace: Workspace) -> str | None:
    """The model the port started from, None for a port in full files."""
    base = workspace.answers.get("base_model")
    return None if base in (None, "none") else base


def _default_or_note(workspace: Workspace, name: str, result: dict) -> None:
    """The number of parameters at the default sizes; where the parent's own default cannot be made either, a note."""
    import transformers

    model_class = getattr(transformers, name)
    try:
        result["default_parameters"] = default_parameters(model_class)
    except Exception as error:
        parent = _parent_class(workspace, name)
        if parent is None or _makes_default(parent):
            raise
        result["note"] = f"ok; its default cannot be made, nor that of {parent.__name__}: {type(error).__name__}"


def default_parameters(model_class) -> int:
    """Build the class from its default configuration, without memory for its weights; return its size."""
    import torch

    config = default_config(model_class.config_class)
    with torch.device("meta"):
        return size(made(model_class, config))


def _makes_default(model_class) -> bool:
    try:
        default_parameters(model_class)
    except Exception:  # whatever it raises: it cannot
        return False
    return True


def _parent_class(workspace: Workspace, name: str):
    """The class of the model the port started from that `start` named so, None without one."""
    base = _base_model(workspace)
    if base is None:
        return None
    parent = describe(base)
    own = own_names(parent, Names(workspace.model_type, workspace.class_prefix, checkpoint="", year=""))
    theirs = next((theirs for theirs, its in own.items() if its == name), None)
    if theirs is None:
        return None
    return _parents_own(parent, theirs)


def _parents_own(parent: Parent, name: str):
    """A class of the parent, public or not; None if it cannot be had."""
    module = f"transformers.models.{parent.module}.{parent.sources.classes[name].file}"
    return getattr(importlib.import_module(module), name, None)


def _fails(parent_class, workspace: Workspace) -> bool:
    """Whether a class of the parent cannot be tried with a tiny configuration and inputs of ours."""
    base = _base_model(workspace)
    try:
        parent = describe(base)
        _try(parent_class, _parents_own(parent, parent.config), base, _is_part(parent_class))
    except Exception:  # whatever it raises: it cannot
        return True
    return False


def _run_save_load(workspace: Workspace, name: str) -> None:
    import transformers

    main = getattr(transformers, f"{workspace.class_prefix}Config")
    _try(getattr(transformers, name), main, _base_model(workspace), is_part=_is_part(_parent_class(workspace, name)))


def _is_part(parent_class) -> bool:
    """Whether the class of the parent is a part of a model that cannot be saved on its own: then the port's is too."""
    from transformers import PreTrainedModel

    return isinstance(parent_class, type) and not issubclass(parent_class, PreTrainedModel)


def _try(model_class, config_class, base_model: str | None, is_part: bool) -> None:
    check_class(model_class, config_for(model_class, tiny_config(config_class, base_model)), is_part)
