"""What every target asks first: are the generated files what the modular files give? By content, never by times."""

import os
import re
import sys
import types
from pathlib import Path

import pytest
from modular_port import MODULAR, Port, edit

from porting.errors import CannotRun, CheckFailed
from porting.modular import command, freshness, plan, stamp


@pytest.fixture
def port(tmp_path, monkeypatch):
    return Port(tmp_path, monkeypatch)


@pytest.fixture
def expanded(port, capsys):
    """A port after its first `make modular`, with that output out of the way."""
    port.make()
    capsys.readouterr()
    return port


def test_a_changed_modular_file_is_expanded_by_any_target(expanded, capsys):
    expanded.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    expanded.ensure()
    assert capsys.readouterr().err == "modular_nano.py changed: 1 of 2 files generated anew\n"
    assert "NanoModelForMore" in expanded.modeling.read_text()
    expanded.ensure()
    assert capsys.readouterr() == ("", "")
    expanded.make(check=True)


def test_times_do_not_count(expanded, capsys):
    """A file from another clone, all times equal: only its content says that it is another."""
    times = {path: path.stat() for path in expanded.root.rglob("*.py")}
    expanded.modular.write_text(MODULAR.replace("class NanoModel: ...", "class NanoModel: 123"))
    for path, before in times.items():
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert expanded.modular.stat().st_size == times[expanded.modular].st_size
    with pytest.raises(CheckFailed, match="modeling_nano.py is not what modular_nano.py gives; run `make modular`"):
        expanded.make(check=True)
    expanded.ensure()
    assert "class NanoModel: 123" in expanded.modeling.read_text()
    capsys.readouterr()
    for path in expanded.root.rglob("*.py"):
        os.utime(path, ns=(0, 0))
    expanded.ensure()
    assert capsys.readouterr() == ("", "")


def test_line_ends_of_a_checkout_are_no_edit(expanded, capsys):
    for path in expanded.root.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    expanded.ensure()
    expanded.make(check=True)
    assert capsys.readouterr().err == ""


def test_a_changed_file_under_another_release_says_both(expanded, capsys):
    expanded.rename_the_cache()
    expanded.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    expanded.ensure()
    said = capsys.readouterr().err
    assert (
        "modular_nano.py changed" in said
        and "5.24.0 is installed: all that changed is in reports/modular.diff" in said
    )
    assert "kv_state" in expanded.file("reports/modular.diff").read_text()


def test_an_edit_that_was_moved_is_none(expanded, capsys):
    moved = "class NanoModelForMore: ...\n"
    expanded.modular.write_text(MODULAR + moved)
    expanded.modeling.write_text(expanded.modeling.read_text() + moved)
    expanded.ensure()
    assert "modular_nano.py changed: 0 of 2 files" in capsys.readouterr().err
    expanded.make(check=True)


def test_a_change_and_an_edit_together_run_nothing(expanded):
    edited = edit(expanded.modeling)
    expanded.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    with pytest.raises(
        CannotRun, match="^modular_nano.py changed, but modeling_nano.py was edited by hand; `make mod"
    ):
        expanded.ensure()
    assert expanded.modeling.read_text() == edited


def test_a_deleted_file_is_made_anew_with_the_same_bytes(expanded, capsys):
    before = expanded.contents()
    for again in (expanded.ensure, expanded.make):
        expanded.modeling.unlink()
        with pytest.raises(CheckFailed):
            expanded.make(check=True)
        again()
        assert "was gone: made anew, the same bytes as before" in "".join(capsys.readouterr())
        assert expanded.contents() == before


def test_a_deleted_file_beside_an_edited_one_is_made_anew(expanded, capsys):
    edited = edit(expanded.modeling)
    expanded.configuration.unlink()
    expanded.ensure()
    assert expanded.configuration.is_file() and expanded.modeling.read_text() == edited
    assert "edited by hand" in capsys.readouterr().err
    expanded.ensure()
    assert "edited by hand" in capsys.readouterr().err


def test_a_deleted_file_is_not_made_with_another_release_unasked(expanded):
    expanded.rename_the_cache()
    expanded.modeling.unlink()
    with pytest.raises(
        CannotRun, match=r"modeling_nano.py is gone, and it was generated with Transformers 5\.23\.0, 5\.2"
    ):
        expanded.ensure()
    expanded.make()
    assert "kv_state" in expanded.modeling.read_text()


def test_a_full_disk_leaves_all_as_it_was(expanded, monkeypatch):
    expanded.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    before = expanded.contents()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(CannotRun, match="could not be written: No space left on device; all are as they were"):
        expanded.ensure()
    assert expanded.contents() == before


@pytest.mark.parametrize("changed", ["modular file", "release"])
@pytest.mark.parametrize("moment", range(3))
def test_killed_between_two_files_the_next_target_completes_it(expanded, moment, changed, capsys):
    before = expanded.contents()
    if changed == "release":
        expanded.rename_the_cache()
        expanded.expander = "2"
        expanded.make()
    else:
        expanded.modular.write_text(MODULAR + "class NanoConfigOfMore: ...\nclass NanoModelForMore: ...\n")
        expanded.make()
    after = expanded.contents()
    written = [name for name in sorted(after, reverse=True) if after[name] != before[name] and "modular_" not in name]
    assert written[-1] == stamp.NAME and len(written) == (2 if changed == "release" else 3)
    for name in written[min(moment, len(written) - 1) :]:
        expanded.file(name).write_bytes(before[name])
    expanded.ensure()
    if moment == 0 and changed == "release":
        assert expanded.contents() == before, "nothing was begun, and nothing is"
    else:
        assert expanded.contents() == after


def test_generated_files_without_a_stamp_are_taken_over_if_they_are_the_ones(expanded, capsys):
    expanded.file(stamp.NAME).unlink()
    with pytest.raises(CheckFailed, match="is not up to date for modular_nano.py"):
        expanded.make(check=True)
    expanded.ensure()
    expanded.make(check=True)
    expanded.file(stamp.NAME).unlink()
    edit(expanded.modeling)
    with pytest.raises(
        CannotRun, match="modular.json does not know modeling_nano.py, nor does modular_nano.py give them so"
    ):
        expanded.ensure()
    with pytest.raises(CheckFailed, match="modeling_nano.py was edited, or made by another converter: move"):
        expanded.make()
    expanded.make(force=True)
    expanded.make(check=True)


def test_what_start_wrote_stays_known(port):
    name = stamp.relative(port.root, port.modular)
    (port.root / stamp.NAME).write_text(stamp.Stamp({name: stamp.Entry(started="as started")}).text())
    port.make()
    port.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    port.ensure()
    entry = stamp.read_stamp(port.root).entries[name]
    assert entry.started == "as started" and entry.sources == {name: stamp.sha256(port.modular)}


def test_nothing_started_names_the_next_step(port):
    port.modular.unlink()
    for target in (port.make, port.ensure, lambda: port.make(check=True)):
        with pytest.raises(CannotRun, match="^nothing was started yet; run `make setup start`$"):
            target()
    assert freshness.state_lines(port.workspace) == ["nothing was started yet; run `make setup start`"]


@pytest.mark.parametrize("base_model", ["base_model: none\n", ""])
def test_a_workspace_with_full_files_says_so_once(port, base_model, capsys):
    port.modular.unlink()
    port.file(".copier-answers.yml").write_text(f"model_type: nano\n{base_model}")
    with pytest.raises(CannotRun, match="^this workspace has full files of its own"):
        port.make()
    port.make(check=True)
    assert "this workspace has full files of its own" in capsys.readouterr().out
    port.ensure()
    assert freshness.state_lines(port.workspace) == [] and capsys.readouterr() == ("", "")


def test_a_modular_file_that_is_gone_is_named(expanded):
    expanded.modular.unlink()
    for target in (expanded.make, expanded.ensure):
        with pytest.raises(
            CannotRun, match="modular_nano.py is gone, and configuration_nano.py, modeling_nano.py gen"
        ):
            target()


def test_status_says_and_changes_nothing(expanded):
    assert freshness.state_lines(expanded.workspace) == []
    edit(expanded.modeling)
    expanded.configuration.unlink()
    expanded.modular.write_text(MODULAR + "# changed\n")
    expanded.rename_the_cache()
    before = expanded.contents()
    said = "\n".join(freshness.state_lines(expanded.workspace))
    for part in (
        "modular_nano.py changed since",
        "was edited by hand",
        "configuration_nano.py is gone",
        "5.24.0 is inst",
    ):
        assert part in said
    assert expanded.contents() == before


def test_two_releases_with_the_expander_itself(port, monkeypatch, capsys):
    """5.23.0 and 5.24.0 as two small packages: the rename is shown and taken over, the porter's own words stay."""
    from porting.modular.expansion import expand as expander

    monkeypatch.setattr(command, "ours", lambda: plan.Made(expander, port.transformers, port.release, "1"))
    monkeypatch.setattr(freshness, "ours", command.ours)
    head = "from torch import nn\n\n\n"
    parent = f"{head}class LlamaAttention(nn.Module):\n    def forward(self, hidden, cache):\n        return cache(hidden)\n\n\n"
    parent += "class LlamaModel(nn.Module):\n    def __init__(self):\n        self.attention = LlamaAttention()\n"
    port.write(port.transformers / "__init__.py", '__version__ = "5.23.0"\n')
    port.write(port.transformers / "models/llama/modeling_llama.py", parent)
    port.modular.write_text(
        "from ..llama.modeling_llama import LlamaModel\n\n\nclass NanoModel(LlamaModel):\n    cache_is_mine = True\n"
    )
    port.make()
    assert "def forward(self, hidden, cache):" in port.modeling.read_text()
    port.transformers = port.transformers.parent / "later" / "transformers"
    port.write(port.transformers / "__init__.py", '__version__ = "5.24.0"\n')
    port.write(port.transformers / "models/llama/modeling_llama.py", re.sub(r"\bcache\b", "kv_state", parent))
    port.release = "5.24.0"
    capsys.readouterr()
    port.ensure()
    assert "5.24.0 is installed" in capsys.readouterr().err
    port.make()
    assert "+    def forward(self, hidden, kv_state):\n" in capsys.readouterr().out
    made = port.modeling.read_text()
    assert "class NanoAttention" in made and "return kv_state(hidden)" in made and "cache_is_mine = True" in made
    port.modeling.unlink()
    port.ensure()
    assert port.modeling.read_text() == made and "the same bytes" in capsys.readouterr().err


def test_every_target_that_uses_the_port_asks_first(monkeypatch, capsys):
    from porting import __main__ as main

    asked = []
    fake = types.ModuleType("a_command", "A command.")
    fake.add_arguments, fake.run = lambda parser: None, lambda arguments: asked.append("run")
    monkeypatch.setitem(sys.modules, "a_command", fake)
    monkeypatch.setattr(freshness, "ensure_expanded", lambda workspace: asked.append("ensure"))
    for name in main.COMMANDS:
        monkeypatch.setitem(main.COMMANDS, name, "a_command")
        asked.clear()
        assert main.main([name]) == 0
        assert asked == (["ensure", "run"] if name in main.ON_GENERATED else ["run"])
    assert {"smoke", "test", "quality", "rules", "convert", "parity", "tokenizer-parity"} == main.ON_GENERATED
