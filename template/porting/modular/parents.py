"""Where the modules are that a modular file takes its parents from, read once however many files are expanded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

from porting.modular.errors import Refused
from porting.modular.names import ModelNames, auto_mapping
from porting.modular.outline import Outline


@dataclass
class Source:
    """A module: its text, and what it defines."""

    text: str
    outline: Outline


_sources: dict[str, Source] = {}
_mappings: dict[tuple[str, ...], dict[str, str]] = {}


def read_source(key: str, text: str) -> Source:
    """The outline of `text`, made once while the text under this key stays the same.

    Raises libcst.ParserSyntaxError.
    """
    known = _sources.get(key)
    if known is None or known.text != text:
        known = _sources[key] = Source(text, Outline(cst.parse_module(text)))
    return known


class Library:
    """The models that can be parents: those of the workspace, and behind them those of the installed release.

    `expand` makes the text of a parent that is itself generated in the workspace, from its modular file: the file
    beside it may be older.
    """

    def __init__(self, transformers: Path, workspace_models: Path | None, expand: Callable[[Path], Mapping[str, str]]):
        self.transformers, self.workspace_models, self._expand = transformers, workspace_models, expand

    def names(self) -> ModelNames:
        """How the installed release spells its models."""
        auto = self.transformers / "models" / "auto"
        paths = [path for path in (auto / "auto_mappings.py", auto / "configuration_auto.py") if path.is_file()]
        sources = tuple(path.read_text(encoding="utf-8") for path in paths)
        if sources not in _mappings:
            _mappings[sources] = auto_mapping(*sources)
        return ModelNames(_mappings[sources])

    def source(self, model: str, module: str) -> Source:
        """The module `modeling_llama` of the directory `llama`. Raises Refused."""
        text, key = self._text(model, module)
        try:
            return read_source(key, text)
        except cst.ParserSyntaxError as error:
            raise Refused(
                f"{module}.py of the parent {model} has a syntax error in its line {error.raw_line}: mend it there",
                f"{model}.{module}",
            ) from None

    def _text(self, model: str, module: str) -> tuple[str, str]:
        file = f"{module}.py"
        if self.workspace_models and (directory := self.workspace_models / model).is_dir():
            # modeling_data2vec_text.py comes from modular_data2vec_text.py, whatever else stands beside it
            for modular in sorted(directory.glob("modular_*.py"), key=lambda path: (-len(path.name), path.name)):
                if module.endswith(modular.stem.removeprefix("modular")):
                    generated = self._expand(modular)
                    if file in generated:
                        return generated[file], str(directory / file)
            if (directory / file).is_file():
                return (directory / file).read_text(encoding="utf-8"), str(directory / file)
        path = self.transformers / "models" / model / file
        if not path.is_file():
            raise Refused(self._absent(model, module), f"{model}.{module}")
        return path.read_text(encoding="utf-8"), str(path)

    def _absent(self, model: str, module: str) -> str:
        directories = [self.transformers / "models" / model]
        if self.workspace_models:
            directories.insert(0, self.workspace_models / model)
        there = [directory for directory in directories if directory.is_dir()]
        if not there:
            return (
                f"the installed Transformers has no model {model}, nor has the workspace: name another parent, or "
                "install a release that has it"
            )
        files = sorted({p.stem for d in there for p in d.glob("*.py")} - {"__init__"})
        return f"the model {model} has no file {module}.py: take the parent from one of {', '.join(files)}"
