"""A small workspace with a modular file, a Transformers of two files, and an expander of few lines, for tests."""

import json
import re
from argparse import Namespace
from pathlib import Path

from porting.modular import clone, command, edits, freshness, plan
from porting.modular.errors import ModularError
from porting.workspace import Workspace


BANNER = "# This file was automatically generated from {}.\n"


PARENT = """\
class LlamaConfig:
    past_name = "cache"


class LlamaModel:
    def forward(self, cache):
        return cache
"""


MODULAR = "from ..llama.modeling_llama import LlamaModel\n\n\nclass NanoConfig: ...\n\n\nclass NanoModel: ...\n"


def expand(modular: Path, transformers: Path, models: Path) -> dict[str, str]:
    """A stand-in for the expander: the parents' files with the names changed, then the modular file's classes."""
    text, model = modular.read_text(), modular.stem.removeprefix("modular_")
    for number, line in enumerate(text.split("\n"), 1):
        if line == "wrong":
            raise ModularError(modular, number, "`wrong` stands alone; take it out")
    parents = ""
    for parent in re.findall(r"^from \.\.(\w+)\.modeling", text, re.MULTILINE):
        own = [path for path in [models / parent / f"modeling_{parent}.py"] if path.is_file()]
        source = own[0] if own else transformers / "models" / parent / f"modeling_{parent}.py"
        parents += re.sub(r"^# This.*\n", "", source.read_text()).replace(parent.title(), model.title())
    given = {}
    for kind, suffix in (("configuration", "Config"), ("modeling", "Model"), ("processing", "Processor")):
        if own := "".join(f"{line}\n" for line in text.split("\n") if line.startswith("class") and suffix in line):
            given[f"{kind}_{model}.py"] = BANNER.format(modular.name) + (parents if kind == "modeling" else "") + own
    return given


class Port:
    """A workspace with one modular file, and a Transformers of two files."""

    def __init__(self, root: Path, monkeypatch):
        self.root, self.workspace = root / "port", Workspace(root / "port")
        self.transformers = root / "site" / "transformers"
        self.release, self.expander = "5.23.0", "1"
        self.model = self.file("src/transformers/models/nano")
        self.write(self.transformers / "models/llama/modeling_llama.py", PARENT)
        self.write(self.file(".copier-answers.yml"), "model_type: nano\ncamelcase_name: Nano\nbase_model: llama\n")
        self.modular = self.write(self.model / "modular_nano.py", MODULAR)
        for module in (command, freshness):
            monkeypatch.setattr(module, "ours", self.ours)
        monkeypatch.setattr(command, "here", lambda: self.workspace)
        for module in (freshness, clone, edits):
            monkeypatch.setattr(module, "installed_transformers", lambda: (self.transformers, self.release))
        self.modeling, self.configuration = self.model / "modeling_nano.py", self.model / "configuration_nano.py"

    def file(self, name: str) -> Path:
        return self.root / name

    def write(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def ours(self) -> plan.Made:
        return plan.Made(expand, self.transformers, self.release, self.expander)

    def make(self, **options) -> None:
        """`make modular` with options."""
        command.run(Namespace(**{"model": None, "check": False, "force": False, "converter": None} | options))

    def ensure(self) -> None:
        freshness.ensure_expanded(self.workspace)

    def contents(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file() and "reports" not in path.parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in files}

    def rename_the_cache(self) -> None:
        """What 5.24.0 did."""
        parent = self.transformers / "models/llama/modeling_llama.py"
        parent.write_text(parent.read_text().replace("cache", "kv_state"))
        self.release = "5.24.0"

    def report(self) -> dict:
        return json.loads(self.file("reports/modular.json").read_text())


def edit(path: Path, text: str = "    def added(self):\n        return 1\n\n") -> str:
    """Edit a generated file within its first class; returns its text."""
    content = path.read_text().replace("    def forward", f"{text}    def forward")
    path.write_text(content)
    return content
