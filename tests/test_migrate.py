"""hooks/migrate.py by its parts: answers under new names, edits that follow a renamed file, and each step repeated."""

import subprocess
import sys

import pytest
import yaml
from conftest import REPOSITORY
from macros import QUESTIONS
from porter import git, migrate


RENAMED = migrate.RenamedFile("old.txt", "new.txt")
BASE = b"".join(b"line %d\n" % number for number in range(12))
THEIRS = BASE.replace(b"line 1\n", b"line 1, by the template\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: b\nmore_detail: false\nz: more_detail\n", "a: b\ndetail: usual\nz: more_detail\n"),
        ("more_detail: true\n", "detail: all\n"),
        ('"more_detail": !!bool "true"\n"a": "\\x85"\n', 'detail: all\n"a": "\\x85"\n'),
        ("detail: all\nmore_detail: false\n", "detail: all\n"),
        ("more_detail: perhaps\na: b\n", "a: b\n"),
        ("text: 'x\n\n    more_detail: true'\n", "text: 'x\n\n    more_detail: true'\n"),
        ("detail: usual\n", "detail: usual\n"),
    ],
)
def test_answers_move_to_their_new_names_once(before, after):
    after += "base_model: none\n"
    assert migrate.carry_answers(before) == after
    assert migrate.carry_answers(after) == after
    assert isinstance(yaml.safe_load(after), dict)


def test_a_port_that_was_started_from_a_model_keeps_it():
    assert migrate.carry_answers("a: b\nbase_model: llama\n") == "a: b\nbase_model: llama\n"


def test_the_new_names_are_questions_and_their_values_choices():
    for renamed in migrate.RENAMED_ANSWERS:
        assert renamed.old not in QUESTIONS
        assert set(renamed.values.values()) <= set(QUESTIONS[renamed.new]["choices"].values())


def test_renamed_files_are_plain_and_in_the_template():
    for renamed in migrate.RENAMED_FILES:
        assert (REPOSITORY / "template" / renamed.new).is_file()
        assert not (REPOSITORY / "template" / renamed.old).exists()


@pytest.fixture
def port(tmp_path, monkeypatch):
    """`port(mine)`: a port whose last commit has that as old.txt, after Copier has put the template's new.txt there."""

    def _port(mine: bytes | None):
        (tmp_path / "other.txt").write_text("other\n")
        if mine is not None:
            (tmp_path / "old.txt").write_bytes(mine)
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", "under way")
        (tmp_path / "old.txt").unlink(missing_ok=True)
        (tmp_path / "new.txt").write_bytes(THEIRS)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return _port


def test_edits_follow_a_renamed_file(port):
    path = port(BASE + b"mine\n")
    for _ in range(2):
        assert "old.txt is called new.txt now" in migrate.carry_edits(RENAMED, BASE)
        assert (path / "new.txt").read_bytes() == THEIRS + b"mine\n"
        assert not (path / "old.txt").exists() and migrate.conflicts() == []


def test_without_edits_the_new_file_is_the_templates(port):
    path = port(BASE)
    assert migrate.carry_edits(RENAMED, BASE) is None
    assert (path / "new.txt").read_bytes() == THEIRS


def test_the_same_lines_are_a_conflict_that_git_knows(port):
    path = port(BASE.replace(b"line 1\n", b"line 1, by me\n"))
    migrate.carry_edits(RENAMED, BASE)
    once = (path / "new.txt").read_bytes()
    assert migrate.carry_edits(RENAMED, BASE) is None
    assert (path / "new.txt").read_bytes() == once
    assert b"line 1, by me\n" in once and b"line 1, by the template\n" in once
    assert migrate.conflicts() == ["new.txt:2"]
    git(path, "checkout", "--ours", "--", "new.txt")
    assert b"line 1, by me\n" in (path / "new.txt").read_bytes()
    git(path, "checkout", "--theirs", "--", "new.txt")
    assert (path / "new.txt").read_bytes() == THEIRS


def test_a_deleted_file_stays_deleted_under_its_new_name(port):
    path = port(None)
    for _ in range(2):
        migrate.carry_edits(RENAMED, BASE)
        assert not (path / "new.txt").exists() and not (path / "old.txt").exists()


def test_without_the_old_templates_file_the_edits_stay_where_they_are(port):
    path = port(BASE + b"mine\n")
    assert "it stays" in migrate.carry_edits(RENAMED, None)
    assert (path / "old.txt").read_bytes() == BASE + b"mine\n"
    assert (path / "new.txt").read_bytes() == THEIRS


def test_a_file_that_left_the_template_stays_if_it_was_edited(port, tmp_path_factory):
    template = tmp_path_factory.mktemp("template")
    (template / "template").mkdir()
    for name in ("other.txt", "untouched.txt"):
        (template / "template" / name).write_text("as rendered\n")
    git(template, "init", "-q")
    git(template, "add", "-A")
    git(template, "commit", "-q", "-m", "1")
    path = port(None)
    (path / "untouched.txt").write_text("as rendered\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "2")
    (path / "other.txt").unlink()
    (path / "untouched.txt").unlink()
    assert migrate.keep_edited(template, "HEAD") == ["other.txt"]
    assert (path / "other.txt").read_text() == "other\n" and not (path / "untouched.txt").exists()
    assert migrate.keep_edited(template, "HEAD") == []


def test_answers_that_changed_are_told(port):
    path = port(None)
    (path / migrate.ANSWERS).write_text("_commit: v1\nmore_detail: true\nsame: 'a\n    b'\nlist:\n- x\ngone: y\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "answers")
    (path / migrate.ANSWERS).write_text(
        "_commit: v2\ndetail: all\nsame: 'a\n    b'\nlist:\n- x\n- z\nbase_model: none\n"
    )
    assert migrate.changed_answers() == ["list: - x is - x - z", "gone: y is no longer asked"]


def test_standard_library_only():
    isolated = subprocess.run(
        [sys.executable, "-I", "-S", REPOSITORY / "hooks" / "migrate.py", "--help"], stdout=subprocess.PIPE
    )
    assert isolated.returncode == 0
