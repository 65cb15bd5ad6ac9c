"""An update that is killed, or whose task fails: one command, which it states, brings everything back."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import RELEASES, run
from macros import COPIER_YML
from ownership import files
from porter import Porter, commit, git


# Some moments in every run of the tests; `nox -s updates` takes 20.
KILLS = int(os.environ.get("KILLS", "4"))
UPDATE = [sys.executable, "-m", "copier", "update", "--trust", "--defaults", "--skip-tasks"]
UNDO = next(line.strip() for line in COPIER_YML["_message_before_update"].splitlines() if "git restore" in line)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals and a shell of POSIX")


@pytest.fixture(scope="module")
def edited(port_of, tmp_path_factory) -> Path:
    """A port under way, with files that git ignores."""
    path = port_of(next(iter(RELEASES)), "encoder", tmp_path_factory.mktemp("edited") / "port")
    porter = Porter(path, "g_lib")
    porter.edit_everything()
    porter.add("reports/mine.json", b"{}\n")
    commit(path)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {name: (path / name).read_bytes() for name in files(path)}


@pytest.fixture(scope="module")
def seconds(edited, tmp_path_factory) -> float:
    """How long an update takes that nobody stops."""
    path = shutil.copytree(edited, tmp_path_factory.mktemp("whole") / "port")
    began = time.monotonic()
    assert run(*UPDATE, cwd=path).code == 0
    return time.monotonic() - began


@pytest.mark.parametrize("moment", range(KILLS))
def test_an_update_that_is_killed_can_be_taken_back(edited, seconds, tmp_path, moment):
    path = shutil.copytree(edited, tmp_path / "port")
    (tmp_path / "scratch").mkdir()  # what a killed Copier cannot remove
    process = subprocess.Popen(
        UPDATE,
        cwd=path,
        env=os.environ | {"TMPDIR": str(tmp_path / "scratch")},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    part = (moment + random.Random(moment).random()) / KILLS
    try:
        process.wait(part * seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for_the_rest(process.pid)
    before = contents(edited)
    stopped = contents(path)
    porters_own = [name for name in before if name.startswith(("src/", "conversion/", "reports/", "notes"))]
    assert [name for name in porters_own if stopped.get(name) != before[name]] == [], "not even touched"
    done = run("sh", "-c", UNDO, cwd=path)
    assert done.code == 0, done.output
    assert contents(path) == before
    assert git(path, "status", "--porcelain") == ""


def test_a_new_file_that_is_unmerged_is_taken_back_too(edited, tmp_path):
    """Killed between two files, an update leaves such entries of the template's new files in git's index."""
    path = shutil.copytree(edited, tmp_path / "port")
    before = contents(path)
    (path / "new.py").write_text("new = 1\n")
    content = git(path, "hash-object", "-w", "new.py").strip()
    entries = "".join(f"100644 {content} {stage}\tnew.py\n" for stage in (2, 3))
    subprocess.run(["git", "update-index", "--index-info"], cwd=path, input=entries, text=True, check=True)
    done = run("sh", "-c", UNDO, cwd=path)
    assert done.code == 0, done.output
    assert contents(path) == before


def wait_for_the_rest(group: int) -> None:
    """What the killed program had started ends by itself."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a program that the update started does not end")


def test_a_task_that_fails_can_be_taken_back_too(edited, released, tmp_path):
    template = shutil.copytree(released, tmp_path / "template")
    settings = (template / "copier.yml").read_text()
    assert "_tasks:\n" in settings
    failing = '_tasks:\n  - command: ["{{ _copier_python }}", "-c", "raise SystemExit(7)"]\n'
    (template / "copier.yml").write_text(settings.replace("_tasks:\n", failing))
    git(template, "commit", "-q", "-a", "-m", "a task that fails")
    git(template, "tag", "v1000.0.0")
    path = shutil.copytree(edited, tmp_path / "port")
    answers = (path / ".copier-answers.yml").read_text()
    (path / ".copier-answers.yml").write_text(answers.replace(str(released), str(template)))
    commit(path)
    before = contents(path)
    result = run(*[part for part in UPDATE if part != "--skip-tasks"], cwd=path)
    assert result.code == 1
    assert UNDO in result.output, "the update states the command"
    assert "returned non-zero exit status 7" in result.output
    assert run("sh", "-c", UNDO, cwd=path).code == 0
    assert contents(path) == before
