"""`make modular` and what other targets ask first, with a small expander: what is generated, shown, kept and refused."""

import json
import os
import re
import sys
import types
from argparse import Namespace
from pathlib import Path

import pytest
from porter import commit

from porting.errors import CannotRun, CheckFailed
from porting.modular import command, freshness, plan, show, stamp
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

    def __init__(self, root: Path):
        self.root, self.workspace = root / "port", Workspace(root / "port")
        self.transformers = root / "site" / "transformers"
        self.release, self.expander = "5.23.0", "1"
        self.model = self.file("src/transformers/models/nano")
        self.write(self.transformers / "models/llama/modeling_llama.py", PARENT)
        self.write(self.file(".copier-answers.yml"), "model_type: nano\ncamelcase_name: Nano\nbase_model: llama\n")
        self.modular = self.write(self.model / "modular_nano.py", MODULAR)
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


@pytest.fixture
def port(tmp_path, monkeypatch):
    made = Port(tmp_path)
    monkeypatch.setattr(command, "here", lambda: made.workspace)
    monkeypatch.setattr(command, "ours", made.ours)
    monkeypatch.setattr(freshness, "ours", made.ours)
    monkeypatch.setattr(freshness, "installed_transformers", lambda: (made.transformers, made.release))
    return made


@pytest.fixture
def expanded(port, capsys):
    """A port after its first `make modular`, with that output out of the way."""
    port.make()
    capsys.readouterr()
    return port


def test_the_files_and_their_stamp_are_written(port, capsys):
    port.make()
    assert re.search(r"modeling_nano\.py +written: \d+ lines\n", capsys.readouterr().out)
    assert "class NanoModel:" in port.modeling.read_text()
    entry = stamp.read_stamp(port.root).entries["src/transformers/models/nano/modular_nano.py"]
    assert entry.generated["src/transformers/models/nano/modeling_nano.py"] == stamp.sha256(port.modeling)
    assert list(entry.sources.values()) == [stamp.sha256(port.modular)]
    assert (entry.transformers, entry.expander) == ("5.23.0", "1")
    before = port.contents()
    port.make()
    port.make(check=True)
    port.ensure()
    assert port.contents() == before
    assert port.report()["passed"] and {file["state"] for file in port.report()["modular_files"][0]["files"]} == {
        "same"
    }
    assert not any(path.name.startswith(".mod") and path.name != stamp.NAME for path in port.root.rglob("*"))


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


def test_another_release_is_run_as_committed_and_shown_by_make_modular(expanded, capsys):
    before = expanded.contents()
    expanded.rename_the_cache()
    expanded.ensure()
    (line,) = capsys.readouterr().err.splitlines()
    assert "generated with Transformers 5.23.0; 5.24.0 is installed: `make modular` shows" in line
    with pytest.raises(CheckFailed, match="not what modular_nano.py gives with Transformers 5.24.0"):
        expanded.make(check=True)
    assert expanded.contents() == before
    capsys.readouterr()
    expanded.make()
    shown = capsys.readouterr().out
    assert "-    def forward(self, cache):\n" in shown and "+    def forward(self, kv_state):\n" in shown
    assert "kv_state" in expanded.modeling.read_text()
    assert "+    def forward(self, kv_state):\n" in expanded.file("reports/modular.diff").read_text()
    expanded.ensure()
    assert capsys.readouterr().err == ""


def test_another_release_with_the_same_bytes_passes_the_check(expanded, capsys):
    expanded.release = "5.23.1"
    expanded.make(check=True)
    expanded.ensure()
    assert "5.23.1 is installed" in capsys.readouterr().err
    expanded.make()
    assert "--- " not in capsys.readouterr().out
    expanded.ensure()
    assert capsys.readouterr().err == ""


def test_another_expander_counts_like_another_release(expanded, capsys):
    expanded.expander = "2"
    expanded.make()
    assert "generated by expander 1, this one is 2" in capsys.readouterr().out


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


def test_a_long_difference_is_bounded_on_the_screen_and_whole_in_the_report(expanded, capsys):
    parent = expanded.transformers / "models/llama/modeling_llama.py"
    parent.write_text(parent.read_text() + "".join(f"line_{number} = 1\n" for number in range(300)))
    expanded.release = "5.24.0"
    expanded.make()
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) < 100 and any("more lines in reports/modular.diff" in line for line in shown)
    assert expanded.file("reports/modular.diff").read_text().count("\n+line_") == 300


def test_who_stops_reading_stops_nothing(expanded, monkeypatch):
    def broken_pipe(*_):
        raise BrokenPipeError

    expanded.rename_the_cache()
    monkeypatch.setattr(show, "print_lines", broken_pipe)
    with pytest.raises(BrokenPipeError):
        expanded.make()
    assert "kv_state" in expanded.modeling.read_text()


def edit(path: Path, text: str = "    def added(self):\n        return 1\n\n") -> str:
    """Edit a generated file within its first class; returns its text."""
    content = path.read_text().replace("    def forward", f"{text}    def forward")
    path.write_text(content)
    return content


def test_an_edit_is_said_by_every_target_and_shown_as_lines_to_move(expanded, capsys):
    edited = edit(expanded.modeling)
    expanded.ensure()
    said = capsys.readouterr().err
    assert said == "modeling_nano.py was edited by hand; `make modular` shows what to move to modular_nano.py\n"
    before = expanded.contents()
    with pytest.raises(CheckFailed, match="edited by hand: move the lines above to modular_nano.py.*FORCE=1"):
        expanded.make()
    shown = capsys.readouterr().out
    assert "modeling_nano.py:7 in NanoModel.added\n+     def added(self):\n+         return 1\n" in shown
    assert expanded.contents() == before and expanded.modeling.read_text() == edited
    with pytest.raises(CheckFailed, match="modeling_nano.py is not what modular_nano.py gives"):
        expanded.make(check=True)


def test_force_overwrites_the_edit_and_keeps_a_copy(expanded, capsys):
    before = expanded.modeling.read_text()
    for number in (1, 2):
        edited = edit(expanded.modeling, f"    # edit {number}\n")
        expanded.make(force=True)
        assert "modeling_nano.py: the edit is overwritten; reports/edited/modeling_nano-" in capsys.readouterr().out
        assert expanded.modeling.read_text() == before
        assert edited in [path.read_text() for path in expanded.file("reports/edited").iterdir()]
    assert len(list(expanded.file("reports/edited").iterdir())) == 2


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


def test_an_edit_before_a_change_is_shown_without_the_change(expanded, capsys):
    commit(expanded.root)
    edit(expanded.modeling)
    expanded.rename_the_cache()
    with pytest.raises(CheckFailed):
        expanded.make()
    shown = capsys.readouterr().out
    assert "+     def added(self):" in shown and "kv_state" not in shown


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


def test_a_file_that_is_given_no_longer_goes_unless_it_was_edited(expanded, capsys):
    expanded.modular.write_text(MODULAR + "class NanoProcessor: ...\n")
    expanded.make()
    processing = expanded.model / "processing_nano.py"
    assert processing.is_file()
    expanded.modular.write_text(MODULAR)
    processing.write_text(processing.read_text() + "# mine\n")
    with pytest.raises(CheckFailed, match="processing_nano.py was edited by hand"):
        expanded.make()
    assert processing.is_file()
    processing.write_text(processing.read_text().removesuffix("# mine\n"))
    capsys.readouterr()
    expanded.make()
    assert re.search("processing_nano.py +removed: modular_nano.py gives it no longer", capsys.readouterr().out)
    assert not processing.exists() and "processing" not in expanded.file(stamp.NAME).read_text()


def test_parents_of_the_workspace_come_first_and_children_follow_them(port, capsys):
    child = "from ..nano.modeling_nano import NanoModel\nclass TinyModel: ...\n"
    modular = port.write(port.file("src/transformers/models/atiny/modular_tiny.py"), child)
    port.make()
    modeling = modular.with_name("modeling_tiny.py")
    assert "class TinyModel:\n    def forward" in modeling.read_text()
    port.modular.write_text(MODULAR + "class NanoModelForMore: ...\n")
    with pytest.raises(CheckFailed, match="modeling_tiny.py is not what modular_tiny.py gives"):
        port.make(check=True)
    capsys.readouterr()
    port.ensure()
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["modular_nano.py", "modular_tiny.py"]
    assert "TinyModelForMore" in modeling.read_text()
    port.make(model="nano")
    assert "tiny" not in capsys.readouterr().out
    for name in ("atiny", "tiny"):
        port.make(model=name)
        assert re.search("nano.*tiny", capsys.readouterr().out, re.DOTALL)
    with pytest.raises(CannotRun, match="MODEL=other has no modular file here; there are atiny, nano"):
        port.make(model="other")


def test_a_circle_is_refused(port):
    port.modular.write_text("from ..tiny.modeling_tiny import TinyModel\n")
    tiny = port.file("src/transformers/models/tiny/modular_tiny.py")
    port.write(tiny, "from transformers.models.nano import modeling_nano\n")
    with pytest.raises(CannotRun, match="in a circle: modular_nano.py -> modular_tiny.py -> modular_nano.py"):
        port.make()


def test_an_error_names_the_line_and_leaves_all_as_it_was(expanded):
    expanded.modular.write_text(MODULAR + "wrong\n")
    before = expanded.contents()
    for target in (expanded.make, expanded.ensure):
        with pytest.raises(CannotRun, match="^modular_nano.py:8: `wrong` stands alone; take it out$"):
            target()
    assert expanded.contents() == before


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


def test_full_files_are_never_replaced(port):
    full = "# mine\n"
    port.configuration.write_text(full)
    before = port.contents()
    for options in ({}, {"force": True}, {"check": True}):
        with pytest.raises(
            CannotRun, match="configuration_nano.py was not generated, and modular_nano.py would replace"
        ):
            port.make(**options)
    port.ensure()
    assert port.contents() == before


def test_generated_files_without_a_stamp_are_taken_over_if_they_are_the_ones(expanded, capsys):
    expanded.file(stamp.NAME).unlink()
    with pytest.raises(CheckFailed, match="is not up to date for modular_nano.py"):
        expanded.make(check=True)
    expanded.ensure()
    expanded.make(check=True)
    expanded.file(stamp.NAME).unlink()
    edit(expanded.modeling)
    with pytest.raises(CheckFailed, match="edited by hand"):
        expanded.make()


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


def test_a_renamed_modular_file_takes_its_files_along(expanded, capsys):
    text = MODULAR + "# renamed\n"
    expanded.modular.rename(expanded.model / "modular_other.py")
    (expanded.model / "modular_other.py").write_text(text)
    for path in (expanded.modeling, expanded.configuration):
        path.unlink()
    expanded.make()
    assert list(stamp.read_stamp(expanded.root).entries) == ["src/transformers/models/nano/modular_other.py"]


def test_two_modular_files_that_give_one_file_are_refused(port, monkeypatch):
    port.write(port.model / "modular_more.py", MODULAR)
    monkeypatch.setattr(port, "ours", lambda: plan.Made(lambda *_: {"modeling_nano.py": BANNER}, port.root, "1", "1"))
    monkeypatch.setattr(command, "ours", port.ours)
    with pytest.raises(CannotRun, match="modular_more.py and modular_nano.py both give .*modeling_nano.py"):
        port.make()


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


def test_the_clones_converter_writes_and_differences_are_shown(expanded, capsys, monkeypatch):
    def theirs(modular, transformers, models):
        texts = expand(modular, transformers, models)
        return {name: text + "# theirs\n" for name, text in texts.items()}

    def by_clone(clone):
        return plan.Made(theirs, expanded.transformers, expanded.release, "clone 123")

    monkeypatch.setattr(command, "by_clone", by_clone)
    expanded.make(converter=Path("clone"))
    shown = capsys.readouterr().out
    assert "The clone's converter gives 2 lines that ours does not, and lacks 0:" in shown and "+# theirs" in shown
    assert expanded.modeling.read_text().endswith("# theirs\n")
    expanded.make(check=True, converter=Path("clone"))
    expanded.make(check=True)
    assert "their hashes are checked" in capsys.readouterr().out
    expanded.ensure()
    assert "generated by expander clone 123; this one is 1" in capsys.readouterr().err
    expanded.modular.write_text(MODULAR + "# changed\n")
    with pytest.raises(CannotRun, match="by a clone's converter; run `make modular CONVERTER=...`"):
        expanded.ensure()
    with pytest.raises(CheckFailed, match="modular_nano.py and its files are not what .modular.json says"):
        expanded.make(check=True)
    expanded.make()
    assert "theirs" not in expanded.modeling.read_text()


def test_no_clone_is_one_line(port, tmp_path):
    with pytest.raises(CannotRun, match="has no utils/modular_model_converter.py; give the root of a clone"):
        port.make(converter=tmp_path)


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
