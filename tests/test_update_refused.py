"""`make update` where something is in its way: one clear line and the next step, and every file as it was."""

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest
from conftest import RELEASES, WORKING, Result, make, run
from ownership import files
from porter import Porter, commit, git


OLDEST = next(iter(RELEASES))
NEWEST = list(RELEASES)[-1]


@pytest.fixture
def port(port_of, tmp_path) -> Path:
    """A port with the newest release's tools, edited and committed; its template may be moved."""
    path = port_of(NEWEST, "encoder", tmp_path / "port")
    Porter(path, "g_lib").edit_at_random(5)
    commit(path)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {name: (path / name).read_bytes() for name in files(path)}


def last_line(result: Result) -> str:
    """What a person reads last; make itself adds one about the error."""
    lines = [line for line in result.output.splitlines() if line.strip() and not line.startswith("make: ***")]
    assert "Traceback" not in result.output
    return lines[-1]


def tools(folder: Path, **scripts: str) -> str:
    """A PATH on which programs are shell scripts of one's own."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(stat.S_IRWXU)
    return f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def refused(path: Path, **environment: str) -> str:
    """The last line of `make update`, which must fail and leave every file as it was."""
    before = contents(path)
    result = run("make", "update", f"PYTHON={sys.executable}", cwd=path, env=environment)
    assert result.code != 0
    assert contents(path) == before
    return last_line(result)


def test_changes_that_are_not_committed(port):
    (port / "Makefile").write_text((port / "Makefile").read_text() + "# mine\n")
    (port / "new.txt").write_text("mine\n")
    line = refused(port)
    assert "Makefile and 1 more is not committed; commit or `git stash`" in line


def test_no_git(port):
    shutil.rmtree(port / ".git")
    assert "run `git init`, `git add --all` and `git commit`" in refused(port)


def test_a_template_that_has_moved(port, tmp_path):
    answers = (port / ".copier-answers.yml").read_text()
    address = next(line.split(": ")[1] for line in answers.splitlines() if line.startswith("_src_path"))
    (port / ".copier-answers.yml").write_text(answers.replace(address, str(tmp_path / "gone")))
    commit(port)
    line = refused(port)
    assert f"{tmp_path / 'gone'} (there is no such directory); if it has moved" in line and "_src_path" in line


def test_answers_without_a_version(port):
    answers = (port / ".copier-answers.yml").read_text().splitlines(keepends=True)
    (port / ".copier-answers.yml").write_text("".join(line for line in answers if not line.startswith("_commit")))
    commit(port)
    assert ".copier-answers.yml has no _commit" in refused(port)


def test_a_copier_that_is_too_old(port, tmp_path):
    line = refused(port, PATH=tools(tmp_path / "bin", copier="echo copier 9.4.1"))
    assert "Copier 9.4.1 is too old, this template needs 9.19.0 or newer; run `pipx upgrade copier`" in line


def test_a_copier_that_does_not_run(port, tmp_path):
    assert "--version` fails" in refused(port, PATH=tools(tmp_path / "bin", copier="exit 3"))
    assert "cannot be run" in refused(port, COPIER=str(tmp_path / "none"))


def test_a_file_whose_bytes_copier_would_drop(port):
    (port / "requirements.txt").write_bytes((port / "requirements.txt").read_bytes() + b"# caf\xe9\n")
    commit(port)
    before = contents(port)
    result = make(port, "update")
    assert result.code != 0
    assert "not UTF-8 text: requirements.txt; save as UTF-8" in result.output
    assert contents(port) == before and git(port, "status", "--porcelain") == ""


def test_the_oldest_copier_is_that_of_the_template(template):
    from macros import COPIER_YML

    source = (template / "template" / "porting" / "template" / "copier.py").read_text()
    assert f'OLDEST = "{COPIER_YML["_min_copier_version"]}"' in source


# How it was copied makes no difference: tasks change no file that an update merges.
def test_an_update_says_what_it_did_and_leaves_a_port_that_is_up_to_date(port):
    asked = make(port, "check-update")
    assert asked.code != 0 and f"A newer template exists: {WORKING}" in asked.output
    result = make(port, "update")
    assert result.code == 0, result.output
    assert last_line(result) == f"The port has template {WORKING} now; look at `git diff`, then commit it."
    assert "git restore --source=HEAD --staged --worktree . && git clean -fd ." in result.output
    assert "classes made, run, saved and loaded" in result.output
    commit(port)
    assert "the newest: nothing to do" in make(port, "update").output
    assert make(port, "check-update").code == 0


def test_copier_itself_refuses_what_it_was_not_trusted_with(port_of, tmp_path):
    path = port_of(OLDEST, "decoder", tmp_path / "port")
    before = contents(path)
    untrusted = run(sys.executable, "-m", "copier", "update", "--defaults", cwd=path)
    assert untrusted.code == 4 and "--trust" in untrusted.output and "Traceback" not in untrusted.output
    assert contents(path) == before
    skipped = run(sys.executable, "-m", "copier", "update", "--defaults", "--trust", "--skip-tasks", cwd=path)
    assert skipped.code == 0 and last_line(skipped).endswith("`make status` says what is next.")
    assert f"_commit: v{WORKING}" in (path / ".copier-answers.yml").read_text()
