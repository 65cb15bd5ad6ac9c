"""`make update` where something is in its way: one clear line and the next step, and every file as it was."""

import os
import shutil
import stat
import sys
from pathlib import Path

import copier
import pytest
from conftest import DEFAULT_ANSWERS, RELEASES, WORKING, Result, make, run
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


# --- what git was told not to look at: with the tools of a new port, and for Copier's own command in an old one -------


@pytest.fixture(scope="module")
def next_template(template, tmp_path_factory):
    """The working state, and a next version that brings a file and changes one."""
    clone = shutil.copytree(template, tmp_path_factory.mktemp("next") / "template")
    (clone / "template" / "porting" / "brought.py").write_text('"""New in this version."""\n')
    makefile = clone / "template" / "Makefile"
    makefile.write_text(makefile.read_text() + "\n# of the next version\n")
    commit(clone)
    git(clone, "tag", "v0.0.2")
    return clone


@pytest.fixture(scope="module")
def rendered_with(next_template, released, tmp_path_factory):
    """way -> a port to copy: "make" has the tools of the working state, "copier" those of the oldest release."""
    ports = {}
    for way, template, version in (("make", next_template, "v0.0.1"), ("copier", released, f"v{OLDEST}")):
        ports[way] = tmp_path_factory.mktemp("port") / "port"
        options = {"data": DEFAULT_ANSWERS, "defaults": True, "skip_tasks": True, "quiet": True}
        copier.run_copy(str(template), ports[way], vcs_ref=version, **options)
        commit(ports[way])
    return ports


@pytest.fixture(params=["make", "copier"])
def hiding(request, rendered_with, tmp_path):
    """(a port, `refused()`): the line with which an update refuses; it must leave every file as it was."""
    path = shutil.copytree(rendered_with[request.param], tmp_path / "port")
    by_make = ["make", "update", f"PYTHON={sys.executable}"]
    by_copier = [sys.executable, "-m", "copier", "update", "--trust", "--defaults", "--skip-tasks"]

    def _refused() -> str:
        before = contents(path)
        result = run(*(by_make if request.param == "make" else by_copier), cwd=path)
        assert result.code != 0
        assert contents(path) == before
        (line,) = [line for line in result.output.splitlines() if "then update again" in line]
        return line

    return path, _refused


def test_new_files_that_status_does_not_show(hiding):
    path, refused = hiding
    git(path, "config", "status.showUntrackedFiles", "no")
    (path / "porting" / "mine.py").write_text("mine = 1\n")
    assert "porting/mine.py is not committed; commit or `git stash`" in refused()


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_does_not_look_at(hiding, flag):
    path, refused = hiding
    git(path, "update-index", flag, "Makefile")
    (path / "Makefile").write_text((path / "Makefile").read_text() + "# mine\n")
    assert git(path, "status", "--porcelain") == ""
    line = refused()
    assert "Makefile is marked for git not to look at" in line
    (command,) = [part for part in line.split("`") if part.startswith("git update-index")]
    git(path, *command.split()[1:])
    assert git(path, "status", "--porcelain") == " M Makefile\n"


# In each of the two ways a file that the newer version brings.
BROUGHT = {"make": "porting/brought.py", "copier": "porting/template/committed.py"}


@pytest.mark.parametrize("what", ["the file", "a file for its folder", "a folder for the file"])
def test_an_ignored_file_where_the_template_brings_one(hiding, request, what):
    path, refused = hiding
    name = BROUGHT[request.node.callspec.params["hiding"]]
    if what == "a file for its folder":
        if "template/" not in name:
            pytest.skip("that version has the folder already")
        name = "porting/template"
    elif what == "a folder for the file":
        name += "/mine.txt"
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / name).write_text("mine = 1\n")
    (path / ".git/info/exclude").write_text(f"{name}\nnotes.txt\n")
    (path / "notes.txt").write_text("mine\n")
    assert git(path, "status", "--porcelain") == ""
    assert f"{name} is ignored by git, and the template brings a file there" in refused()


def test_ignored_files_that_are_not_in_the_way(rendered_with, next_template, tmp_path):
    path = shutil.copytree(rendered_with["make"], tmp_path / "port")
    git(path, "config", "status.showUntrackedFiles", "no")
    (path / ".git/info/exclude").write_text("notes.txt\nmine/\nporting/brought.py\n/docs/\n")
    git(path, "rm", "-q", "-r", "--cached", "docs")
    git(path, "commit", "-q", "-m", "the doc page is not in git")
    (path / "mine").mkdir()
    for name in ("notes.txt", "mine/Makefile"):
        (path / name).write_text("mine\n")
    shutil.copy(next_template / "template" / "porting" / "brought.py", path / "porting")
    result = make(path, "update")
    assert result.code == 0, result.output
    assert "# of the next version" in (path / "Makefile").read_text()


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
    assert "To take it back, finished or not:" in result.output  # and the command, of the older tools
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


def test_an_answer_to_no_question_is_refused_before_anything_is_changed(port_of, tmp_path):
    """The answers that the port itself holds are not: an older one has those of questions that are no more."""
    path = port_of(OLDEST, "decoder", tmp_path / "port")
    assert "\nmore_detail: " in (path / ".copier-answers.yml").read_text()
    before = contents(path)
    update = (sys.executable, "-m", "copier", "update", "--defaults", "--trust", "--skip-tasks")
    mistyped = run(*update, "-d", "paper_titel=Big Bird", cwd=path)
    assert mistyped.code == 1 and "no question is called 'paper_titel' (nearest: paper_title)" in mistyped.output
    assert contents(path) == before
    assert run(*update, "-d", "more_detail=false", "-d", "paper_title=Big Bird", cwd=path).code == 0
    assert "paper_title: Big Bird" in (path / ".copier-answers.yml").read_text()
