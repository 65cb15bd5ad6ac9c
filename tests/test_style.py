"""`make style` and `make quality`: black and isort for what stays, upstream's ruff for what lands, generated files as they are."""

from argparse import Namespace

import pytest
from conftest import REPOSITORY

from porting import quality, style
from porting.errors import CannotRun
from porting.modular import formatting, stamp
from porting.modular.formatting import RUFF, SETTINGS
from porting.workspace import Workspace


UGLY = "import os\nimport sys\nx = {  'a':sys.path }\n"
FIXED = 'import sys\n\n\nx = {"a": sys.path}\n'
UNUSED_STAYS = 'import os\nimport sys\n\n\nx = {"a": sys.path}\n'


@pytest.fixture
def port(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path)
    (tmp_path / ".copier-answers.yml").write_text("model_type: nano\nbase_model: none\n")
    (tmp_path / "pyproject.toml").write_bytes((REPOSITORY / "template" / "pyproject.toml").read_bytes())
    for path in (workspace.model_dir / "modeling_nano.py", workspace.test_dir / "test_modeling_nano.py"):
        path.parent.mkdir(parents=True)
        path.write_text(UGLY)
    for name in ("original/adapter.py", "original/mine.py", "conversion/rules.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(UGLY)
    for module in (style, quality):
        monkeypatch.setattr(module, "here", lambda: workspace)
    return workspace


def test_what_lands_is_formatted_and_mended_as_upstream_does_and_what_stays_formatted(port):
    style.run(Namespace())
    assert (port.model_dir / "modeling_nano.py").read_text() == FIXED
    assert (port.test_dir / "test_modeling_nano.py").read_text() == FIXED
    assert (port.root / "original/adapter.py").read_text() == UNUSED_STAYS
    assert (port.root / "conversion/rules.py").read_text() == UNUSED_STAYS
    assert (port.root / "original/mine.py").read_text() == UGLY


def test_generated_files_are_not_formatted_and_a_formatted_modular_file_is_expanded(port, monkeypatch):
    generated = port.model_dir / "modeling_nano.py"
    entry = stamp.Entry(generated={stamp.relative(port.root, generated): stamp.sha256(generated)})
    (port.root / stamp.NAME).write_text(stamp.Stamp({"src/transformers/models/nano/modular_nano.py": entry}).text())
    modular = port.model_dir / "modular_nano.py"
    modular.write_text(UGLY)
    asked = []
    monkeypatch.setattr(style, "ensure_expanded", lambda workspace: asked.append(modular.read_text()))
    style.run(Namespace())
    assert generated.read_text() == UGLY
    assert asked == [FIXED]


def test_a_file_that_does_not_parse_is_one_line_and_nothing_is_formatted(port):
    (port.model_dir / "modeling_nano.py").write_text("def f(:\n")
    with pytest.raises(CannotRun, match="^ruff did not run: [^\n]*modeling_nano.py"):
        style.run(Namespace())
    assert (port.root / "original/adapter.py").read_text() == UGLY


@pytest.mark.parametrize("command", [style, quality])
@pytest.mark.parametrize("name", ["black", "isort", "ruff"])
@pytest.mark.parametrize("installed", ["99.17.6", None])
def test_another_formatter_is_said_instead_of_disagreeing(port, monkeypatch, command, name, installed):
    pins = style.formatters()
    monkeypatch.setattr(formatting, "installed", lambda asked: installed if asked == name else pins[asked])
    said = rf"^{f'{name} {installed}' if installed else f'no {name}'} is installed.*install {name}=={pins[name]}`$"
    with pytest.raises(CannotRun, match=said):
        command.run(Namespace())
    assert (port.model_dir / "modeling_nano.py").read_text() == UGLY


def test_formatters_that_are_all_others_are_one_line(port, monkeypatch):
    monkeypatch.setattr(formatting, "version", lambda name: "99.1")
    pins = " ".join(f"{name}=={version}" for name, version in style.formatters().items())
    with pytest.raises(
        CannotRun, match=rf"^black 99.1 and isort 99.1 and ruff 99.1 are installed, .*install {pins}`$"
    ):
        style.run(Namespace())


def test_every_formatter_has_one_version():
    template = REPOSITORY / "template"
    constraints = (template / "constraints.txt").read_text().splitlines()
    assert style.formatters()["ruff"] == RUFF
    for name, version in style.formatters().items():
        assert f"{name}=={version}" in constraints
        assert formatting.installed(name) == version


def test_the_version_and_the_settings_of_ruff_stand_once():
    template = REPOSITORY / "template"
    pinned = [line for line in (template / "constraints.txt").read_text().splitlines() if line.startswith("ruff")]
    needed = [line for line in (template / "requirements.txt").read_text().splitlines() if line.startswith("ruff")]
    assert pinned == needed == [f"ruff=={RUFF}"]
    section = (template / "pyproject.toml").read_text().split("[tool.ruff]\n")[1].split("\n[")[0]
    assert section.split("#")[0].strip() == f'extend = "{SETTINGS.relative_to(template).as_posix()}"'
    assert "[tool.ruff." not in (template / "pyproject.toml").read_text()
