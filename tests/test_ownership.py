"""Owned files come once, managed files are the template's, generated ones the expander's: each file is one of them."""

import json
import re
from pathlib import Path

import pytest
from conftest import ARCHITECTURES, REPOSITORY
from macros import COPIER_YML
from ownership import OWNED, files, is_generated, is_owned


# What a workspace has besides the porter's files. A new file of the template goes here or into the table of copier.yml.
MANAGED = re.compile(
    r"porting/|\.github/workflows/|(Makefile|GUIDE\.md|conftest\.py|constraints\.txt|requirements\.txt|pyproject\.toml"
    r"|\.gitignore|\.copier-answers\.yml|original/(tracer|ids)\.py|tests/__init__\.py|tests/models/__init__\.py)$"
)
TOKENIZERS = ("wordpiece", "bpe", "unigram")


@pytest.mark.parametrize(("architecture", "tokenizer"), list(zip(ARCHITECTURES, TOKENIZERS, strict=True)))
def test_each_file_is_owned_managed_or_generated(workspace, architecture, tokenizer):
    path = workspace(base_architecture=architecture, tokenizer=tokenizer)
    stamp = json.loads((path / ".modular.json").read_text(encoding="utf-8"))
    generated = {name for entry in stamp["modular_files"].values() for name in entry["generated"]} | {".modular.json"}
    names = [name for name in files(path) if not name.startswith("reports/")]
    assert {name for name in names if is_generated(name, "g_lib")} == generated
    rest = [name for name in names if name not in generated]
    assert [name for name in rest if is_owned(name, "g_lib") == bool(MANAGED.match(name))] == []
    owned = {Path(name).name for name in rest if name.startswith("src/")}
    assert owned == {"__init__.py", "modular_g_lib.py", "tokenization_g_lib.py"}
    unused = [pattern for pattern in OWNED if not any(is_owned(name, "g_lib") for name in names)]
    assert not unused


def test_the_table_can_be_read_by_older_templates():
    """Copier evaluates it with the files and variables of the version that an update comes from."""
    (table,) = [entry for entry in COPIER_YML["_exclude"] if "/src/" in entry]
    used = re.findall(r"{[{%](.*?)[%}]}", table)
    assert [code.strip() for code in used] == [
        "if _copier_operation == 'update' or workspace_was_here | default(false)",
        "model_type",
        "endif",
    ]


def test_the_readme_says_where_the_table_is():
    paragraphs = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("\n\n")
    (said,) = [text for text in paragraphs if text.startswith("**Owned, managed or generated.**")]
    assert "`copier.yml`" in said


def test_managed_python_is_plain_so_that_no_render_needs_formatting(workspace):
    template = REPOSITORY / "template"
    tools = [*(template / "porting").rglob("*"), template / "conftest.py", template / "original" / "tracer.py"]
    for path in tools:
        assert path.suffix != ".jinja"
        if path.suffix == ".py":
            assert (workspace() / path.relative_to(template)).read_bytes() == path.read_bytes()
