"""The workspace a command works on: its answers, and where its files are."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from porting.errors import CannotRun


@dataclass(frozen=True)
class Workspace:
    """A rendered workspace. Every fact comes from `.copier-answers.yml`; paths are derived from it."""

    root: Path

    @cached_property
    def answers(self) -> dict:
        """The answers of the porter. Raises CannotRun if they are missing or not a mapping."""
        source = self.root / ".copier-answers.yml"
        try:
            answers = yaml.safe_load(source.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CannotRun(f"{source} is missing; run make in the workspace that Copier rendered") from None
        except yaml.YAMLError as error:
            raise CannotRun(f"{source} is not valid YAML ({error}); restore it with git") from None
        if not isinstance(answers, dict) or "model_type" not in answers:
            raise CannotRun(f"{source} holds no model_type; restore it with git")
        return answers

    @property
    def model_type(self) -> str:
        return self.answers["model_type"]

    @property
    def class_prefix(self) -> str:
        return self.answers["camelcase_name"]

    @property
    def architecture(self) -> str:
        """The kind of model: encoder, decoder, encoder-decoder, vision, and so on; base/table.py has them all."""
        return self.answers["base_architecture"]

    @property
    def model_dir(self) -> Path:
        return self.root / "src" / "transformers" / "models" / self.model_type

    @property
    def test_dir(self) -> Path:
        return self.root / "tests" / "models" / self.model_type

    @property
    def doc_page(self) -> Path:
        return self.root / "docs" / "source" / "en" / "model_doc" / f"{self.model_type}.md"

    @property
    def owned_paths(self) -> list[Path]:
        """Where the porter's own files are, of these what exists; copier.yml leaves them alone on an update."""
        owned = (
            self.root / "README.md",
            self.root / "src",
            self.test_dir,
            self.root / "tests" / "fixtures",
            self.root / "docs",
            self.root / "original",
            self.root / "conversion",
        )
        return [path for path in owned if path.exists()]

    @property
    def has_standin(self) -> bool:
        """Whether the adapter runs the stand-in in the place of the original."""
        adapter = self.root / "original" / "adapter.py"
        text = adapter.read_text(encoding="utf-8", errors="replace") if adapter.is_file() else ""
        return re.search(r"^\s*(import standin|from standin import .*)$", text, re.MULTILINE) is not None

    @property
    def reports(self) -> Path:
        return self.root / "reports"


def here() -> Workspace:
    """The workspace this copy of the tools belongs to."""
    return Workspace(Path(__file__).resolve().parents[1])
