"""The stamp of the generated files: what is written is read, by content, whole or not at all."""

import json

import pytest

from porting.errors import CannotRun
from porting.modular import stamp
from porting.modular.files import replace_all


ENTRY = {"sources": {"m/modular_a.py": "1"}, "generated": {"m/modeling_a.py": "2"}, "transformers": "5.23.0"}


def test_what_is_written_is_read(tmp_path):
    written = stamp.Stamp({"m/modular_a.py": stamp.Entry(**ENTRY, expander="1", started="3")})
    (tmp_path / stamp.NAME).write_text(written.text())
    assert stamp.read_stamp(tmp_path) == written
    assert written.owner("m/modeling_a.py") == "m/modular_a.py" and written.owner("m/modeling_b.py") is None
    assert [path.name for path in tmp_path.iterdir()] == [stamp.NAME]


def test_no_stamp_is_an_empty_one(tmp_path):
    assert stamp.read_stamp(tmp_path) == stamp.Stamp()


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": 1,\n<<<<<<< mine\n',
        "[]",
        '{"schema": 1}',
        '{"schema": 1, "modular_files": {"a": 3}}',
        '{"schema": 1, "modular_files": {"a": {"sources": []}}}',
        '{"schema": 1, "modular_files": {"a": {"generated": {"b": 1}}}}',
        '{"schema": 1, "modular_files": {"a": {"other": 1}}}',
    ],
)
def test_a_stamp_that_is_none_is_one_line_with_the_remedy(tmp_path, text):
    (tmp_path / stamp.NAME).write_text(text)
    with pytest.raises(CannotRun, match=r"^\.modular\.json.* restore it with `git checkout HEAD -- [^\n]*$"):
        stamp.read_stamp(tmp_path)


def test_a_stamp_of_later_tools_is_not_misread(tmp_path):
    (tmp_path / stamp.NAME).write_text(json.dumps({"schema": 2, "modular_files": []}))
    with pytest.raises(CannotRun, match="schema 2.*make update"):
        stamp.read_stamp(tmp_path)


def test_files_are_replaced_all_or_none(tmp_path):
    a, b, gone, made = (tmp_path / name for name in ("a", "b", "gone", "new/made"))
    for path in (a, b, gone):
        path.write_text(f"old {path.name}")
    a.chmod(0o640)
    replace_all({a: b"new a", gone: None, made: b"made", b: b"new b"})
    assert (a.read_text(), b.read_text(), made.read_text()) == ("new a", "new b", "made")
    assert not gone.exists() and a.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "made", "new"]


@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("moment", range(3))
def test_an_interrupted_replacement_leaves_the_old_state(tmp_path, monkeypatch, kind, moment):
    from pathlib import Path

    a, b, gone, made = (tmp_path / name for name in ("a", "b", "gone", "made"))
    for path in (a, b, gone):
        path.write_text(f"old {path.name}")
    replace, calls = Path.replace, []

    def fail_once(path, target):
        calls.append(target)
        if len(calls) == moment + 1:
            raise kind("interrupted")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    with pytest.raises(kind):
        replace_all({a: b"new a", gone: None, made: b"made", b: b"new b"})
    assert [path.read_text() for path in (a, b, gone)] == ["old a", "old b", "old gone"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "gone"]
