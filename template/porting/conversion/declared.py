"""What the porter declares: `conversion/rules.py`, and the checkpoint that `original/adapter.py` names."""

import ast
import importlib.util
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from porting.errors import CannotRun
from porting.workspace import Workspace
from transformers.core_model_loading import WeightTransform


@dataclass(frozen=True)
class Declared:
    """The contents of `conversion/rules.py`."""

    port_class: str
    rules: list[WeightTransform]
    dropped: dict[str, str]
    ignored: dict[str, str]
    built_in: dict[str, Any]
    read_hyperparameters: Callable[[Path], dict]
    convert_config: Callable[[dict], dict]


class Watched(dict):
    """A dictionary that knows which of its values were read, at any depth."""

    def __init__(self, content: dict):
        super().__init__(
            {name: Watched(value) if isinstance(value, dict) else value for name, value in content.items()}
        )
        self.seen: set = set()

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.seen.add(name)
        return super().get(name, default)

    def pop(self, name, *default):
        self.seen.add(name)
        return super().pop(name, *default)

    def unread(self, path: str = "") -> Iterator[str]:
        """The dotted names of the values that nobody has read."""
        for name, value in self.items():
            if isinstance(value, Watched) and value:
                yield from value.unread(f"{path}{name}.")
            elif name not in self.seen:
                yield f"{path}{name}"


def load_rules(workspace: Workspace) -> ModuleType:
    """The module `conversion/rules.py`. Raises CannotRun, with the line, if it is missing or does not load."""
    source = workspace.root / "conversion" / "rules.py"
    if not source.is_file():
        raise CannotRun("conversion/rules.py is missing; restore it with git, or copy it from a new workspace")
    spec = importlib.util.spec_from_file_location("conversion_rules", source)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever the porter's file raises, at whichever of its lines
        raise CannotRun(f"conversion/rules.py{_line(error, source)}: {type(error).__name__}: {error}") from None
    return module


def read_declared(workspace: Workspace) -> Declared:
    """What `conversion/rules.py` declares. Raises CannotRun if it does not load or lacks a part."""
    module = load_rules(workspace)
    declared = Declared(
        port_class=_part(module, "PORT_CLASS", str),
        rules=_part(module, "RULES", list),
        dropped=_part(module, "DROPPED", dict),
        ignored=getattr(module, "IGNORED", {}),
        built_in=getattr(module, "BUILT_IN", {}),
        read_hyperparameters=_part(module, "read_hyperparameters", Callable),
        convert_config=_part(module, "convert_config", Callable),
    )
    for rule in declared.rules:
        if not isinstance(rule, WeightTransform):
            raise CannotRun(f"conversion/rules.py: {rule!r} in RULES is no WeightRenaming or WeightConverter")
    for pattern in declared.dropped:
        try:
            re.compile(pattern)
        except re.error as error:
            raise CannotRun(f"conversion/rules.py: {pattern!r} in DROPPED is no pattern: {error}") from None
    return declared


def default_checkpoint(workspace: Workspace) -> Path:
    """The checkpoint `original/adapter.py` declares.

    The adapter is read, not imported: it belongs to the original's environment. Raises CannotRun if it declares none.
    """
    adapter = workspace.root / "original" / "adapter.py"
    declared = None
    if adapter.is_file():
        for node in ast.parse(adapter.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == "CHECKPOINT" for target in targets):
                declared = getattr(node.value, "value", None)
    if not isinstance(declared, str):
        raise CannotRun('original/adapter.py has no line CHECKPOINT = "..."; add it, or give CHECKPOINT=<path>')
    return workspace.root / declared


def write_standin(workspace: Workspace, checkpoint: Path) -> None:
    """Write the stand-in's checkpoint if it is the one asked for and not there yet."""
    standin = workspace.root / "original" / "standin.py"
    if not checkpoint.exists() and checkpoint == workspace.root / "original" / "checkpoint" and standin.is_file():
        subprocess.run([sys.executable, str(standin)], check=True)


def hyperparameters(declared: Declared, checkpoint: Path) -> Watched:
    """The original's hyper-parameters. Raises CannotRun if `read_hyperparameters` fails or returns no mapping."""
    try:
        found = declared.read_hyperparameters(checkpoint)
    except Exception as error:
        raise CannotRun(f"read_hyperparameters of conversion/rules.py: {type(error).__name__}: {error}") from None
    if not isinstance(found, dict):
        raise CannotRun(f"read_hyperparameters of conversion/rules.py returns a {type(found).__name__}, not a dict")
    return Watched(found)


def _part(module, name: str, kind) -> Any:
    if not hasattr(module, name):
        raise CannotRun(f"conversion/rules.py has no {name}; add it")
    value = getattr(module, name)
    if not isinstance(value, kind):
        raise CannotRun(f"{name} in conversion/rules.py is a {type(value).__name__}, not a {kind.__name__}")
    return value


def _line(error: Exception, source: Path) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(source)]
    return f", line {lines[-1]}" if lines else ""
